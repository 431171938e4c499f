"""The local run: embedded AWS, deploy, gateway, supervisor, demo data."""
