"""The state of a comparison: its locks, its slots, and how judgements resolve it."""
