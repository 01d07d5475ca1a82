"""CEL1xx: arguments and calls."""
