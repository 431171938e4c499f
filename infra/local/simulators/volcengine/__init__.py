"""Volcengine's visual API: signatures checked, jobs that take their time, pictures drawn."""
