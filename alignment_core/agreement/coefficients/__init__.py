"""Agreement beyond chance, each coefficient with its interval."""
