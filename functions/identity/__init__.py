"""Accounts: sign-in, profile, administration, API keys (contract identity.md)."""
