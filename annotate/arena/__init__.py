"""Models that meet blind in the queue: arenas, who meets next, and where they stand."""
