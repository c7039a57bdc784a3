"""Formats that data comes in: one module each."""
