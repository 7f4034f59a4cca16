"""From columns to what a script or a target wants: dictionaries, binary COPY, JSON lines."""
