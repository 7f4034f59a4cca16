"""The language of derived fields: read by `syntax`, worked out by `functions`, put together as a `program`."""
