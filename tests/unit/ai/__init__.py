"""Unit tests of shared/ai."""
