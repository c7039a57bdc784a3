"""Who may see and do what on the training desk, and the record of it."""
