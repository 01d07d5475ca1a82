"""Values: what kind of thing an expression is, and whether a message can carry it."""
