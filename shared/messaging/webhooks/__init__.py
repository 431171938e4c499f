"""Webhooks: signed after Standard Webhooks, sent to public addresses only, tried five times."""
