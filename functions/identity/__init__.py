"""Accounts: sign-in, profile, administration, API keys (contract identity.md)."""

from shared.http.startup import begin

begin()
