"""The REST interface of `annotate`; `training/api` stands on the same ground."""
