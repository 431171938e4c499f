"""Images and videos: one port, a client per provider service."""
