"""Deletes an account, step by step (workflow account_deletion)."""
