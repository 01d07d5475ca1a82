"""CEL4xx: time limits and blocking."""
