"""What is sold, out of `products.json`: the one place of prices."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.core.text import Text

_FILE = Path(__file__).parent / "products.json"


@dataclass(frozen=True, slots=True)
class Product:
    """A product; `grants` is what one of it gives, `most` how many an order may hold."""

    id: str
    name: Text
    price_fen: int
    most: int
    grants: Mapping[str, Any]

    def grants_of(self, quantity: int) -> dict[str, Any]:
        """What so many of it give."""
        credits = self.grants.get("credits")
        if credits:
            return {"credits": {kind: number * quantity for kind, number in credits.items()}}
        return {"plan": self.grants["plan"], "months": self.grants["months"] * quantity}


@cache
def products() -> dict[str, Product]:
    """All products by id."""
    listed = json.loads(_FILE.read_text(encoding="utf-8"))["products"]
    return {
        item["id"]: Product(
            item["id"], Text(**item["name"]), item["price_fen"], item["most"], item["grants"]
        )
        for item in listed
    }
