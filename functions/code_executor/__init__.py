"""Runs other people's JavaScript: no rights, no secrets, a fresh process for every execution."""
