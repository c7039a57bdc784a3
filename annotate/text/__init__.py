"""Text from people and models: its language, and how it is made safe to show."""
