"""Several runs or checkpoints beside one another: where they differ, and whether that is chance."""
