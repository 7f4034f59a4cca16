"""A run's life: its scope, the broker of its calls, its events, and the engine that starts and ends it."""
