"""What templates can say of runs and figures."""
