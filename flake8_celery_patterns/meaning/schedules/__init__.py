"""What beat runs, and when."""
