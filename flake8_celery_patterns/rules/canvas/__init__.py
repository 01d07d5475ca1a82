"""CEL5xx: canvas."""
