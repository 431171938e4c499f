"""Code blocks: what the API and the executor say to each other (docs/code-blocks.md)."""
