"""What was promised in a transaction is sent after it."""
