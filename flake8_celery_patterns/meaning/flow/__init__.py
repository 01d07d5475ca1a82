"""Flow: what happens in a function, statement by statement, and where each call stands."""
