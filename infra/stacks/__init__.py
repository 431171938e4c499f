"""Data (what must not be lost) and Service (what can be built again)."""
