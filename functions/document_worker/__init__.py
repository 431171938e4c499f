"""The worker behind uploads: extraction, index, removal of files (contract documents.md)."""
