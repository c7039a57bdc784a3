"""What the pages of the training desk send, checked field by field."""
