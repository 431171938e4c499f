"""Skills that a model may call: the port, the registry, and what is not built yet."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from shared.ai.port import ToolCall, ToolSpec
from shared.core.text import Language, Text

_NOT_AVAILABLE = Text("该技能暂未开放。", "This skill is not available yet.")
_UNKNOWN = Text("没有这个技能。", "There is no such skill.")
_INVALID = Text("技能参数不是合法的 JSON 对象。", "The skill's arguments are no valid JSON object.")


@dataclass(frozen=True, slots=True)
class ToolContext:
    """For whom a tool runs: `message_id` is the answer in the making, `call_id` the model's own."""

    user_id: str
    role_id: str
    session_id: str
    message_id: str
    language: Language = "zh"
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Where something is that a tool made."""

    label: str
    target: str

    @property
    def markdown(self) -> str:
        return f"[{self.label}]({self.target})"


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """`text` goes to the model; `links` are shown in its answer, also where it forgets them."""

    text: str
    links: tuple[Link, ...] = ()


class Tool(Protocol):
    """A skill."""

    @property
    def name(self) -> str: ...

    @property
    def spec(self) -> ToolSpec: ...

    async def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolAnswer: ...


@dataclass(frozen=True, slots=True)
class NotAvailableTool:
    """Stands for a skill whose service does not exist yet; it says so to the model."""

    spec: ToolSpec

    @property
    def name(self) -> str:
        return self.spec.name

    async def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolAnswer:
        """That it is not available, in the caller's language."""
        del arguments
        return ToolAnswer(_NOT_AVAILABLE.of(context.language))


def _one_text(name: str, description: str, parameter: str) -> ToolSpec:
    schema = {
        "type": "object",
        "properties": {parameter: {"type": "string"}},
        "required": [parameter],
        "additionalProperties": False,
    }
    return ToolSpec(name, description, schema)


UPCOMING = (
    NotAvailableTool(_one_text("web_search", "Search the web for current facts.", "query")),
    NotAvailableTool(_one_text("code_execution", "Run a JavaScript code block.", "code")),
)


class ToolBox:
    """The tools of one conversation, by name; a given one stands before an upcoming one."""

    def __init__(self, enabled: Iterable[str], tools: Iterable[Tool] = ()) -> None:
        known: dict[str, Tool] = {tool.name: tool for tool in UPCOMING}
        known.update((tool.name, tool) for tool in tools)
        self._tools = {name: known[name] for name in enabled if name in known}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the model is offered."""
        return tuple(tool.spec for tool in self._tools.values())

    async def run(self, call: ToolCall, context: ToolContext) -> ToolAnswer:
        """The answer to a call; a wrong call is answered in words, which the model can mend."""
        tool = self._tools.get(call.name)
        if tool is None:
            return ToolAnswer(_UNKNOWN.of(context.language))
        try:
            arguments = json.loads(call.arguments)
        except ValueError:
            arguments = None
        if not isinstance(arguments, dict):
            return ToolAnswer(_INVALID.of(context.language))
        return await tool.run(arguments, replace(context, call_id=call.id))
