"""One file for each method, read top to bottom, and the loop they share.

A method is an `Objective` (see `objective.py`): it loads its model, sums its loss over examples
and measures held-out records. The loop accumulates, clips, steps, logs, saves and resumes.
"""
