"""Frozen preferences: what is selected, how it is frozen, and what erasure does to it."""
