"""What leads look at: figures as pictures, each with the table behind it, and what follows."""
