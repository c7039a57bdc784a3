"""Checkpoints: bases from outside, results of runs, where each came from, how good it is."""
