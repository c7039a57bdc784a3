"""What a sampled answer is worth: reward models, rules, and functions of one's own, weighted.

`specs` is light and says what may be asked for; everything else may bring in torch.
"""
