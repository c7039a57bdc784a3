"""Training beside TRL: the same model, pairs, batches, optimizer and steps, in fresh processes."""
