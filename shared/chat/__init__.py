"""The turn of a conversation, and the event log its stream is read from."""
