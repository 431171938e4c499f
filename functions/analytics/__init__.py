"""Usage, conversations, the ledger's lines as a file, budgets (contract analytics.md)."""

from shared.http.startup import begin

begin()
