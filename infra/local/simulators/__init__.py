"""Servers that stand in for the providers of a local run and of tests, over real HTTP."""
