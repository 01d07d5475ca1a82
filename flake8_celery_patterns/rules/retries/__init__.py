"""CEL3xx: retries and errors."""
