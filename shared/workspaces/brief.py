"""What a run knows: the company, and what happened to it on the day before."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from shared.ai.facts_format import Section, with_facts
from shared.core import clock
from shared.core.money import from_micro
from shared.core.text import Language, Text
from shared.data.companies import Company
from shared.data.documents import find_documents
from shared.data.ledger_days import Figures, find_figures
from shared.data.outcomes import find_cards
from shared.data.workspaces import Workspace
from shared.ledger.settings import LedgerSettings

_LISTED = 20
_HAN = re.compile(r"[\u3400-\u9fff]")
_KINDS = {
    "report": Text("报告", "report"),
    "analysis": Text("分析", "analysis"),
    "content": Text("内容", "piece of content"),
    "monitor": Text("监测简报", "monitoring brief"),
    "custom": Text("成果", "result"),
}
_TASK = Text(
    "请为「{company}」完成「{name}」：一份 Markdown 格式的{kind}，日期 {date}。\n要求：\n{rule}",
    "Do “{name}” for “{company}”: a {kind} in Markdown, dated {date}.\nWhat is wanted:\n{rule}",
)
_COMPANY = Text("公司", "Company")
_NAMED = Text("名称：{name}", "name: {name}")
_INDUSTRY = Text("行业：{industry}", "industry: {industry}")
_ABOUT = Text("简介：{about}", "about: {about}")
_OUTCOMES = Text("{date} 的产出", "Outcomes of {date}")
_DOCUMENTS = Text("{date} 新增的文档", "Documents added on {date}")
_USAGE = Text("{date} 的用量", "Usage of {date}")
_NONE = Text("无", "none")
_MORE = Text("……其余从略", "… the rest is left out")
_OUTCOME = Text("{title}：{summary}", "{title}: {summary}")
_TOTAL = Text(
    "合计：{requests} 次模型调用，{tokens} 词元，费用 {cost} {currency}",
    "total: {requests} model calls, {tokens} tokens, cost {cost} {currency}",
)
_OF_FEATURE = Text(
    "其中 {feature}：{requests} 次，{tokens} 词元，{cost} {currency}",
    "of which {feature}: {requests} calls, {tokens} tokens, {cost} {currency}",
)


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day of a time zone: its date, its first moment and that of the next day."""

    date: str
    start: datetime
    end: datetime


def today(zone: str, moment: datetime) -> str:
    """The date that it is in the zone at that moment."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"


def day_before(zone: str, moment: datetime) -> Day:
    """The day before the one that it is in the zone at that moment."""
    local = ZoneInfo(zone)
    date = moment.astimezone(local).date() - timedelta(days=1)
    first, following = (
        datetime.combine(day, time(), local).astimezone(UTC)
        for day in (date, date + timedelta(days=1))
    )
    return Day(date.isoformat(), first, following)


def compose_brief(workspace: Workspace, company: Company, moment: datetime) -> str:
    """The question that a run puts to the model: the rule, then yesterday's facts.

    It is in the language of the rule. Reads the company's outcomes, its owner's documents (those
    of the workspace's knowledge bases, where it has some) and the owner's usage.
    """
    language: Language = "zh" if _HAN.search(workspace.report_rule) else "en"
    day = day_before(workspace.timezone, moment)
    task = _TASK.of(language).format(
        company=company.name,
        name=workspace.name,
        kind=_KINDS[workspace.type].of(language),
        date=today(workspace.timezone, moment),
        rule=workspace.report_rule,
    )
    sections = (
        (_COMPANY, _company(company, language)),
        (_OUTCOMES, _outcomes(company, day, language)),
        (_DOCUMENTS, _documents(workspace, day)),
        (_USAGE, _usage(workspace.owner_id, day, language)),
    )
    return with_facts(
        task,
        [
            Section(title.of(language).format(date=day.date), _shortened(lines, language))
            for title, lines in sections
        ],
    )


def _shortened(lines: list[str], language: Language) -> tuple[str, ...]:
    if len(lines) > _LISTED:
        return (*lines[:_LISTED], _MORE.of(language))
    return tuple(lines) or (_NONE.of(language),)


def _company(company: Company, language: Language) -> list[str]:
    lines = [_NAMED.of(language).format(name=company.name)]
    if company.industry:
        lines.append(_INDUSTRY.of(language).format(industry=company.industry))
    if company.description:
        lines.append(_ABOUT.of(language).format(about=company.description))
    return lines


def _outcomes(company: Company, day: Day, language: Language) -> list[str]:
    cards = find_cards(company.id, since=clock.iso_ms(day.start), until=clock.iso_ms(day.end))
    return [
        _OUTCOME.of(language).format(title=card.title, summary=card.summary)
        for card in islice(cards, _LISTED + 1)
    ]


def _documents(workspace: Workspace, day: Day) -> list[str]:
    wanted = set(workspace.knowledge_base_ids)
    start, end = clock.iso_ms(day.start), clock.iso_ms(day.end)
    since = takewhile(
        lambda document: document.created_at >= start,
        find_documents(workspace.owner_id).documents,
    )
    found = (
        document.name
        for document in since
        if document.created_at < end and (not wanted or document.knowledge_base_id in wanted)
    )
    return list(islice(found, _LISTED + 1))


def _usage(owner_id: str, day: Day, language: Language) -> list[str]:
    figures = find_figures(owner_id, day.start, day.end)
    if "total" not in figures:
        return []
    lines = [_usage_line(_TOTAL, figures["total"], language)]
    for dimension, each in sorted(figures.items()):
        kind, _, feature = dimension.partition("#")
        if kind == "feature":
            lines.append(_usage_line(_OF_FEATURE, each, language, feature))
    return lines


def _usage_line(text: Text, figures: Figures, language: Language, feature: str = "") -> str:
    return text.of(language).format(
        feature=feature,
        requests=figures.requests,
        tokens=figures.tokens,
        cost=from_micro(figures.cost_micro).normalize(),
        currency=LedgerSettings.from_env().currency,
    )
