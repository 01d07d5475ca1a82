"""The rules: one file a rule, in a folder a family."""
