"""Who may see and do what, the tokens they come with, and the record of administrative acts."""
