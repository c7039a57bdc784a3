"""The demonstration's training: what it prepares at the first start, and votes that turn a model.

Everything is made in the training worker, each part only if it is not there yet, so that it may be
killed and started again at any moment.
"""
