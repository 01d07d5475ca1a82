"""Rules on transactions and shared state (CEL8xx)."""
