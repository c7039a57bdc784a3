"""The kinds of steps that a recipe is made of: a file each."""
