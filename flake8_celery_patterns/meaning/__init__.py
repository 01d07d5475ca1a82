"""What things are, once imports are followed: tasks, dispatches, models, the kind of a value."""
