"""The demo documents and what they are made from."""
