"""What the two databases are asked for beyond the ORM."""
