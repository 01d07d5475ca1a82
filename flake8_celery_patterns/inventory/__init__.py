"""The inventory of a project: every task, when it runs, and who sends it from where."""
