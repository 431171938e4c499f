"""Volcengine Ark: Seedream pictures within the call, Seedance video tasks."""
