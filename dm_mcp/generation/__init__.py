"""Rows from templates: field types, seeds, columnar blocks and renderers. Pure: no I/O, no asyncio."""
