"""The types of tasks, one module each; shared/tasks/registry.py lists them."""
