"""The REST interface of `training`."""
