"""What the simulated model says: out of the prompt, the same every time."""

import json
import re
from typing import Any

_PASSAGE = re.compile(r'<passage n="(\d+)"[^>]*>\n(.*?)\n</passage>', re.DOTALL)
_SENTENCE = re.compile(r"[^。！？!?.\n]+(?:[。！？!?]|\.(?=\s|$))?")
_PIECE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+\s*|\s+")
_TOKEN = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9]+|[^\sA-Za-z0-9]")


def compose(body: dict[str, Any]) -> str:
    """The answer: a tool's result, the passage sentence nearest the question, or an echo."""
    messages = body["messages"]
    if messages[-1]["role"] == "tool":
        return f"工具返回：{_text(messages[-1])}"
    question = next((_text(m) for m in reversed(messages) if m["role"] == "user"), "")
    cited = _nearest(question, messages)
    if cited:
        return cited
    return f"[{body['model']}] 你说的是：{question[:200]}"


def pieces(answer: str, count: int = 0) -> list[str]:
    """The answer cut for a stream; with a count, that many pieces, repeated or cut off."""
    found = _PIECE.findall(answer)
    if not count:
        return found
    return (found * (count // len(found) + 1))[:count] if found else ["词"] * count


def tool_call(body: dict[str, Any], mode: str) -> dict[str, Any] | None:
    """The call the model makes, if it makes one.

    A tool is called when the question names it, or always in the modes `tools` (once, before
    there is a result) and `tools-loop` (on and on).
    """
    tools = body.get("tools") or []
    answered = any(message["role"] == "tool" for message in body["messages"])
    if not tools or (answered and mode != "tools-loop"):
        return None
    question = next((_text(m) for m in reversed(body["messages"]) if m["role"] == "user"), "")
    named = [tool for tool in tools if tool["function"]["name"] in question]
    if not named and not mode.startswith("tools"):
        return None
    function = (named or tools)[0]["function"]
    properties = function.get("parameters", {}).get("properties", {})
    arguments = {name: _example(schema, question) for name, schema in properties.items()}
    return {
        "id": f"call_sim_{len(body['messages'])}",
        "type": "function",
        "function": {
            "name": function["name"],
            "arguments": json.dumps(arguments, ensure_ascii=False),
        },
    }


def usage(body: dict[str, Any], answer: str) -> dict[str, Any]:
    """Tokens: Chinese characters, words and marks."""
    prompt = sum(len(_TOKEN.findall(_text(message))) + 4 for message in body["messages"])
    completion = len(_TOKEN.findall(answer))
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def _nearest(question: str, messages: list[dict[str, Any]]) -> str | None:
    wanted = _bigrams(question)
    best, answer = 0.0, None
    for message in messages:
        if message["role"] != "system":
            continue
        for number, text in _PASSAGE.findall(_text(message)):
            for sentence in _SENTENCE.findall(text):
                found = _bigrams(sentence)
                score = len(wanted & found) / (8 + len(found)) ** 0.5
                if score > best:
                    best, answer = score, f"{sentence.strip()} [{number}]"
    return answer


def _bigrams(text: str) -> set[str]:
    words = {word.lower().rstrip("s") for word in re.findall(r"[A-Za-z0-9]{3,}", text)}
    han = re.sub(r"[^\u3400-\u9fff]", "", text)
    return words | {han[index : index + 2] for index in range(len(han) - 1)}


def _example(schema: dict[str, Any], question: str) -> Any:
    """A value that a parameter's schema allows."""
    if "enum" in schema:
        return schema["enum"][0]
    kinds: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}
    return kinds.get(schema.get("type", "string"), question)


def _text(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)
