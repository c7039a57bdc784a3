"""What the methods share, and the loop: it accumulates, clips, steps, logs, saves and resumes.

Internal: serves methods and tasks.
"""
