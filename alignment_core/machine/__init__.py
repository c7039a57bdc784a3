"""What this machine is made to do: its products, its caches, its memory.

Internal: serves forward and whoever trains.
"""
