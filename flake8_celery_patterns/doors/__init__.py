"""The ways in: flake8, the command line, the language server."""
