"""Knowledge bases and search in them (contract documents.md)."""
