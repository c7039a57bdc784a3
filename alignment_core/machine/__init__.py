"""What this machine is made to do: its products, its caches, its memory."""
