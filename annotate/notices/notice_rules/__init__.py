"""What is measured, a module a kind: whether a bound is passed, and surely so."""
