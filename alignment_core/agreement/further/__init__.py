"""Further figures of a table, each as one object ready for JSON: docs/statistics/further.md."""
