"""The faces of the engine, one protocol a file, each thin."""
