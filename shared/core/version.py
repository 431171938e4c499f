"""What runs here."""

from typing import Final

SERVICE: Final = "RoleCraft"
VERSION: Final = "0.1.0"
