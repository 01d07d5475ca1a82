"""Tasks: which functions are one, their options and signatures, and what is sent to them."""
