"""What the ORMs' classes, managers, queries and sessions hand out."""
