"""What the library says, in the reader's language."""
