"""What a sampled answer is worth: reward models, rules, and functions of one's own, weighted."""
