"""Clients of other makers against our server; README.md says how."""
