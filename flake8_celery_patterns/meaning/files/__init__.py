"""What a file is for: tests, scripts, notebooks, commands that somebody runs by hand."""
