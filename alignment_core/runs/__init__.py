"""What a run leaves on disk: its directory, checkpoints, plan, alarms and model card.

Internal: serves tasks and trainers.
"""
