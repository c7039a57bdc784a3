"""The votes as arrays: who gave which verdict on what, and how often."""
