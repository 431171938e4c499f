"""Text out of files: type by content, one reader per type, run in a child process."""
