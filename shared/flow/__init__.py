"""The code-block service's own rules: limits by layer, breaker, figures (contract flow.md)."""
