"""The pinned AWS emulator: how it is started and what is mended in it."""
