"""Retrieval: tokenizer, immutable index segments, ranked search, fusion."""
