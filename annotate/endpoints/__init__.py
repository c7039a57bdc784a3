"""Calls out of the house: the address guard, bounded exchanges, keys at rest, limits, models."""
