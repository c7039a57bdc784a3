"""A project as a whole: its settings, its progress, and what waits in it."""
