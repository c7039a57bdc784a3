"""What pages send, checked field by field."""
