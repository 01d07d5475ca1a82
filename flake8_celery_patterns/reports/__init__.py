"""What a run found, as text: one file a format."""
