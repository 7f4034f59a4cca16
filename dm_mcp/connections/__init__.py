"""Targets that a run can reach: one file a kind."""
