"""The JSON API under /api/v1, for programs with an access token.

`operations.py` is the table of everything it can do; `app.py` makes routes of it, `openapi.py` the document,
and `description.py` what its page tells people. A module each carries the operations on a resource out.
"""
