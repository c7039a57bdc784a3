"""The way from votes to models and back, as a graph that is drawn and as lists of votes."""
