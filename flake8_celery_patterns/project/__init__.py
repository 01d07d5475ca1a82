"""The other files of a project: its root, its tree, what is known of its files, kept on disk.

Importing this package costs nothing: every part is imported where it is needed.
"""
