"""CEL2xx: definitions of tasks."""
