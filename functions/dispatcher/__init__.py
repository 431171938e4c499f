"""Sends outbox items as the tables' streams show them."""
