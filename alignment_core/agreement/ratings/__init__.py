"""How strong each model is, from who beat whom."""
