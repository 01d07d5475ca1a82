"""Fixes: what a rule plans on nodes, as edits of the text."""
