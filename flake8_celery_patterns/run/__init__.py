"""From the names on a command line to results: which files, linted by whom, mended how."""
