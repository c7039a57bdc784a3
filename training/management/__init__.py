"""The commands of `manage.py` about training: arguments in, one service, one line out."""
