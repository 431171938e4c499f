"""House rules, held by tests that read the sources (docs/decisions/0074)."""
