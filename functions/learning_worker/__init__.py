"""Works on learning jobs, step by step (workflow learning_job)."""
