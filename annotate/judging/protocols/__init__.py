"""What a judging screen may ask for: a module for each kind of part, from one declaration.

A declaration is what `Protocol.declaration` holds: {"verdicts": [...], "strength": {...}, ...}.
Each part checks its settings and the answers given under them, and says how it is described to
programs, exported and measured. `declaration` puts them together; `presets` are ready ones.
"""
