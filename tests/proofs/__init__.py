"""Each rule shown on real Celery: its bad program fails as its page says, its good one does not."""
