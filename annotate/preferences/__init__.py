"""What people preferred, as training reads it."""
