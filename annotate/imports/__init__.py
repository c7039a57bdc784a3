"""Prompts, completions and votes in, whatever format they come in."""
