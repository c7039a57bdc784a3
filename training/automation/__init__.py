"""Training that runs by itself: recipes, the rounds that carry them out, and what they decide."""
