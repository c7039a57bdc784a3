"""Alignment of language models to human preferences: a library, and `python -m alignment_core`.

`configs`, `records` and `agreement` are light; everything else may bring in torch.
"""

__version__ = "0.1.0"
