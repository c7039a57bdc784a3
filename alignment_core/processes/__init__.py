"""Several processes in one run: starting them, their ranks, and stopping."""
