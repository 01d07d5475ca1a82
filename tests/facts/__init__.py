"""What a file says: its facts, and their way through the cache."""
