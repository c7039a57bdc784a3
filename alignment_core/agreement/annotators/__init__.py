"""How far each annotator can be trusted: latent classes, pairwise models, reliability."""
