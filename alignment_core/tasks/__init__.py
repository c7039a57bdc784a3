"""What a run directory can ask for: train, sample or evaluate.

Internal: serves the command line, and `alignment_core.train` and `evaluate` (calls.py).
"""
