"""Machines learn: snapshots, runs, checkpoints, evaluations."""
