"""One change to many comparisons at once: what it would do, done in the background, undone."""
