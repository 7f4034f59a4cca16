"""The language of derived fields."""
