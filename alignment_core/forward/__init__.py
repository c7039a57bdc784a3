"""The way through a model: packed or padded, the head only where it is read.

Internal: serves losses, rewards, sampling, evaluation and whoever trains.
"""
