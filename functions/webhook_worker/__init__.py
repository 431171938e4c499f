"""Tells receivers of tasks that have ended (workflow webhook)."""
