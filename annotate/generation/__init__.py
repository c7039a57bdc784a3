"""Answers from models: prompts that wait, sources that write, comparisons of what they wrote."""
