"""Text vectors by feature hashing: texts that share words or bigrams are near each other."""

import base64
import re
import struct
from zlib import crc32

DIMENSIONS = 256
_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")


def vector(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """A unit vector (zero for a text without words)."""
    sums = [0.0] * dimensions
    for feature in _features(text):
        digest = crc32(feature.encode())
        sums[digest % dimensions] += 1.0 if digest & 0x8000_0000 else -1.0
    length = sum(number * number for number in sums) ** 0.5
    return [round(number / length, 6) for number in sums] if length else sums


def encoded(numbers: list[float]) -> str:
    """The `base64` form: little-endian float32."""
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def _features(text: str) -> list[str]:
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        if word[0] < "\u3400":
            padded = f"^{word}$"
            found += [word, *(padded[index : index + 3] for index in range(len(padded) - 2))]
        else:
            found += [*word, *(word[index : index + 2] for index in range(len(word) - 1))]
    return found
