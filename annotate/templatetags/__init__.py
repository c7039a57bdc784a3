"""What templates can say of people, verdicts and figures."""
