"""CEL6xx: schedules."""
