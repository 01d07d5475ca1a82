"""What a change of a task's name or parameters does to messages that are in flight.

The files of a git revision are compared with those at hand (`check --against REV`).
"""
