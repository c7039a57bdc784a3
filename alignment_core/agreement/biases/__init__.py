"""What bends judgements besides quality: position, length, haste, drift."""
