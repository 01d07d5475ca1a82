"""Tests of the inventory of tasks."""
