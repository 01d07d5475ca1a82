"""CEL9xx: opinions, off unless the user names them."""
