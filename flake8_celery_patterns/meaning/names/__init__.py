"""Names and classes: what a name is bound to, where a class comes from, what is written."""
