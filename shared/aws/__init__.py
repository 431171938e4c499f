"""Narrow ports over botocore."""
