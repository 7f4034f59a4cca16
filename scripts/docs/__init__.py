"""The parts of README.md and docs/ that are made from the code.

``.venv/bin/python -m scripts.docs`` writes them anew, between ``<!-- name -->`` and ``<!-- /name -->``. A test holds
the pages to them.
"""
