"""Failures of the local run, in a sentence for the person at the terminal."""


class LocalRunError(Exception):
    """Says what is wrong and what to do, in English and in Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(f"{english}\n{chinese}")
