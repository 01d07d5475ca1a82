"""Fixes: before and after, and what must hold for all of them."""
