"""Documents: uploads, lists, chunks, downloads (contract documents.md)."""
