"""What is asked for the sake of quality, beside the queue, and what follows from the answers."""
