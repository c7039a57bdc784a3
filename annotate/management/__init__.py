"""The commands of `manage.py` about judging: arguments in, one service, one line out."""
