"""What a canvas is made of, and what its steps hand to each other."""
