"""How the rows of a test that commits go again: much sooner than Django would have them go."""
