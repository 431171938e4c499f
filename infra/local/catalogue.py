"""The data file of models, as entries."""

import json
from typing import Any

from infra.local.instance import ROOT

_FILE = "shared/ai/data/models.json"


def model_entries() -> dict[str, dict[str, Any]]:
    """By model id; what a PROVIDERS entry may hold for a model."""
    entries = json.loads((ROOT / _FILE).read_text())["models"]
    return {entry["id"]: entry for entry in entries}
