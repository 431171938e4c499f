"""The embedded AWS emulator and each mend of it, over its real API."""
