"""What can be done to many comparisons: a module for each kind, all listed in `offered`."""
