"""Long work: the fenced claim on it, its redelivery, and what is dropped afterwards."""
