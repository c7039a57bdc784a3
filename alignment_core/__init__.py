"""Alignment of language models to human preferences: a library, and `python -m alignment_core`.

`configs`, `records`, `reporting` and `agreement` are light; everything else may bring in torch.
"""

__version__ = "0.1.0"
