"""What callers are told, whichever face they use: models, which give the tools their output schemas, and short text.

Some clients show only the text and others only the data, so each answer says everything in both forms. ``of`` tells
all; ``shown`` is what fits into one answer of a tool, and names the resource that has the rest.
"""
