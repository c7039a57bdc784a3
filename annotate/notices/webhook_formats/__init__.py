"""What each service takes, one module a service: pure, from a message to a request."""
