"""Codes and parameters to sentences: the only place where words for users are made below web/."""
