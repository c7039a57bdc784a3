"""Several processes in one run: starting them, their ranks, and stopping.

Internal: serves every room that may run in several processes.
"""
