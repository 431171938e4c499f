"""Demo accounts, documents and roles, put in over the public API."""
