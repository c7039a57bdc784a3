"""Judgements and preferences out, in the formats that others read."""
