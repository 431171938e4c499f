"""Roles: AI personas, their versions, built-in templates (contract roles.md)."""
