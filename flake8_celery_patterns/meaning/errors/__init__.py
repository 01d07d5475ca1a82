"""Errors: what a handler takes, and which errors no retry mends."""
