"""EventBridge Scheduler: ListSchedules gives everything, page by page, in the order of names."""

import json
from typing import Any

from ministack.services import scheduler

_EVERYTHING = str(10**9)


def apply() -> None:
    list_all = scheduler._list_schedules

    def mended(query: dict[str, str]) -> Any:
        size = int(query.get("MaxResults", 100))
        status, headers, body = list_all({**query, "MaxResults": _EVERYTHING})
        found = sorted(json.loads(body)["Schedules"], key=lambda item: item["Name"])
        after = query.get("NextToken", "")
        rest = [item for item in found if item["Name"] > after]
        page: dict[str, Any] = {"Schedules": rest[:size]}
        if len(rest) > size:
            page["NextToken"] = rest[size - 1]["Name"]
        return status, headers, json.dumps(page).encode()

    scheduler._list_schedules = mended
