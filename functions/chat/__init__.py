"""Chat sessions, whole answers, messages and models."""
