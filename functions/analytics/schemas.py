"""What the analytics API takes and gives (contract analytics.md)."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from functions.analytics.conversations import Conversations
from functions.analytics.periods import Granularity, Range
from functions.analytics.usage import Usage
from shared.core import clock
from shared.core.money import to_json_number, to_micro
from shared.data.ledger_days import Figures
from shared.data.ledger_months import Budget, BudgetAction
from shared.data.ledger_notices import Month
from shared.ledger.ledger import budget_month, end_of_budget_month
from shared.ledger.settings import LedgerSettings

LARGEST_LIMIT = 1_000_000_000


class NewBudget(BaseModel):
    """Body of PUT /budget: units of the deployment's currency, exact to six places.

    A limit of null, as GET shows where there is none, takes the budget away.
    """

    model_config = ConfigDict(extra="forbid")

    monthly_cost_limit: (
        Annotated[float, Field(strict=True, ge=0, le=LARGEST_LIMIT, allow_inf_nan=False)] | None
    )
    action: BudgetAction = "block"

    @property
    def limit_micro(self) -> int | None:
        """The limit in micro-units."""
        if self.monthly_cost_limit is None:
            return None
        return to_micro(Decimal(str(self.monthly_cost_limit)))


def usage_body(usage: Usage, wanted: Range, granularity: Granularity) -> dict[str, Any]:
    """Usage as clients see it; the most expensive first where there is no order of time."""
    total = _figures(usage.total)
    return {
        **_range(wanted),
        "granularity": granularity,
        "currency": LedgerSettings.from_env().currency,
        **{f"total_{name}": number for name, number in total.items()},
        "by_date": [
            {"date": period.day.isoformat(), **_figures(figures)}
            for period, figures in usage.periods
        ],
        "by_role": _by(usage, "role", "role_id"),
        "by_model": _by(usage, "model", "model"),
        "by_feature": _by(usage, "feature", "feature"),
    }


def conversations_body(found: Conversations, wanted: Range) -> dict[str, Any]:
    """Conversations as clients see them."""
    return {
        **_range(wanted),
        "total_conversations": found.total,
        "active_conversations": found.active,
        "avg_messages_per_session": found.messages_per_session,
        "top_roles": found.top_roles,
    }


def budget_body(budget: Budget | None, month: Month | None) -> dict[str, Any]:
    """The budget and the running month; without a budget there is no limit."""
    now = clock.now()
    spent, reserved = (month.spent_micro, month.reserved_micro) if month else (0, 0)
    limit = budget.limit_micro if budget else None
    left = None if limit is None else max(0, limit - spent - reserved)
    return {
        "monthly_cost_limit": None if limit is None else to_json_number(limit),
        "action": budget.action if budget else None,
        "month": budget_month(now),
        "spent": to_json_number(spent),
        "reserved": to_json_number(reserved),
        "remaining": None if left is None else to_json_number(left),
        "used_percent": round(spent * 100 / limit, 2) if limit else None,
        "resets_at": clock.iso(end_of_budget_month(now)),
        "currency": LedgerSettings.from_env().currency,
    }


def _range(wanted: Range) -> dict[str, str]:
    return {
        "start_date": wanted.first.isoformat(),
        "end_date": wanted.last.isoformat(),
        "timezone": wanted.zone,
    }


def _figures(figures: Figures) -> dict[str, int | float]:
    return {
        "requests": figures.requests,
        "tokens": figures.tokens,
        "cost": to_json_number(figures.cost_micro),
    }


def _by(usage: Usage, kind: str, field: str) -> list[dict[str, Any]]:
    found = [
        (figures, dimension)
        for dimension, figures in usage.dimensions.items()
        if dimension.startswith(f"{kind}#")
    ]
    found.sort(key=lambda each: (-each[0].cost_micro, -each[0].tokens, each[1]))
    rows: list[dict[str, Any]] = []
    for figures, dimension in found:
        row: dict[str, Any] = {field: dimension.partition("#")[2]}
        if kind == "role":
            row["role_name"] = usage.names.get(dimension, "")
        rows.append({**row, **_figures(figures)})
    return rows
