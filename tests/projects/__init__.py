"""Whole applications: they really run, and the linter's findings on them are known."""
