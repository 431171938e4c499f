"""Companies and the AI work that runs by itself for them (contract workspaces.md)."""
