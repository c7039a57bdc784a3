"""Losses as pure functions, one for each published loss; nothing here is reduced."""
