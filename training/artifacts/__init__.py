"""Bytes that runs leave: stored by digest, and what counts as a model."""
