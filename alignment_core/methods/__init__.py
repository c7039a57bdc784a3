"""One file for each method, read top to bottom.

A method is an `Objective` (`trainers/objective.py`): it loads its model, sums its loss over
examples and measures held-out records.

Internal: serves the train task, which finds a method by `configs.METHODS`.
"""
