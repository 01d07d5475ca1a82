"""Tests that look for the worst: any program, any bytes, any project, any state of the disk."""
