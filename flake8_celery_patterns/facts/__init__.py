"""What one file says: its names, definitions, sends and settings. Depends on its content alone."""
