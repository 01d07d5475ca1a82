"""Tests of what a change of tasks does to messages in flight."""
