"""Drawing completions from a policy, and what is measured on them."""
