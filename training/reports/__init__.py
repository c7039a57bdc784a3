"""What a run and an evaluation show: curves, charts, alarms, figures."""
