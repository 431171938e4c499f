"""Documents: extraction by file type, chunking, the processing service."""
