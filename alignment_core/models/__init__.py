"""Models and their weights: loading, adapters, heads, halves, shards, and writing them."""
