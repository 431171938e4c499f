"""Calls to addresses that a stranger names: where they may go, and how they get exactly there."""
