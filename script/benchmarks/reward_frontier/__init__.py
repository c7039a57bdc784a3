"""A small world with a known reward, in which methods of alignment can be compared."""
