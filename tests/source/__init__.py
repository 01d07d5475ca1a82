"""Text: the gate, the focus, depth, parsing, the walk and positions, also with hostile input."""
