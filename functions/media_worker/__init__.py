"""Works on tasks, step by step (workflow task)."""
