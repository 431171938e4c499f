"""How a Python function runs locally: its process, environment, code and layers."""
