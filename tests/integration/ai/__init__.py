"""Integration tests of shared/ai and shared/data/breakers."""
