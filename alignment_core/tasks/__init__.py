"""What a run directory can ask for: train, sample or evaluate."""
