"""Accounts, members, and how a person is forgotten."""
