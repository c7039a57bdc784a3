"""What people and other programs are told of: the outbox, its channels, and the rules."""
