"""Files of preferences as everybody writes them, read into one shape.

Internal: serves training and the web app's imports alike; light. A format is a module that says
which fields a row has and what they mean; `known` finds out which of them a file is.
"""
