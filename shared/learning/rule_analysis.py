"""Feedback on English by rule: what can be counted, and plain slips; it understands nothing.

Points follow length, variety and slips alone, and each says so.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
_SENTENCE = re.compile(r"[^.!?]+[.!?]*")
_ENOUGH_WORDS = 120
_MOST_ERRORS = 30
_SUMMARY = (
    "规则分析（未使用模型）：共 {words} 词、{sentences} 句，平均每句 {length} 词，"
    "用词丰富度 {variety}%，发现 {slips} 处可疑错误。内容与切题程度未评估。"
)
_REASON = "按长度、用词和可见错误估算，未评估内容。"
_MISSPELT = {
    "alot": "a lot", "beleive": "believe", "definately": "definitely", "enviroment": "environment",
    "goverment": "government", "grammer": "grammar", "happend": "happened", "intresting":
    "interesting", "knowlege": "knowledge", "neccessary": "necessary", "oppurtunity": "opportunity",
    "recieve": "receive", "seperate": "separate", "studing": "studying", "tommorow": "tomorrow",
    "truely": "truly", "untill": "until", "wich": "which", "writting": "writing",
}  # fmt: skip
Correct = str | Callable[[re.Match[str]], str]
_SLIPS: tuple[tuple[re.Pattern[str], Correct, str], ...] = (
    (re.compile(r"\b([a-z]+) \1\b", re.I), r"\1", "单词重复"),
    (re.compile(r"(?<![\w'])i(?![\w.])"), "I", "第一人称单数 I 应大写"),
    (re.compile(r"\b(he|she|it) (have|do|go|like|want|need)\b", re.I),
     lambda found: f"{found[1]} {_third(found[2])}", "第三人称单数主谓不一致"),
    (re.compile(r"\b(they|we|you|people) (is|was|has)\b", re.I),
     lambda found: f"{found[1]} {_plural(found[2])}", "复数主语的谓语不一致"),
    (re.compile(r"\ba ([aeio][a-z]+)", re.I), r"an \1", "元音音素前用 an"),
    (re.compile(r"\bmore (better|worse|easier|bigger|faster)\b", re.I), r"\1", "双重比较级"),
    (re.compile(r"\b(can|could|will|would|should|must) to ([a-z]+)", re.I), r"\1 \2",
     "情态动词后接动词原形"),
    (re.compile(r"\balthough\b([^.!?]{1,120}), but\b", re.I), r"although\1,",
     "although 与 but 不能连用"),
    (re.compile(r" +([,.;!?])"), r"\1", "标点前不应有空格"),
)  # fmt: skip


def analysis_by_rule(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What `DraftedAnalysis` (shared/learning/analysing.py) holds, as plain values."""
    text = answer["text"]
    words = [word.lower() for word in _WORD.findall(text)]
    sentences = [found for found in _SENTENCE.findall(text) if _WORD.search(found)]
    errors = list(_errors(text, sentences))[:_MOST_ERRORS]
    variety = len(set(words)) / len(words) if words else 0.0
    share = _share(len(words), variety, len(errors))
    return {
        "summary": _SUMMARY.format(
            words=len(words),
            sentences=len(sentences),
            length=round(len(words) / max(1, len(sentences)), 1),
            variety=round(100 * variety),
            slips=len(errors),
        ),
        "errors": errors,
        "suggestions": list(_suggestions(words, sentences, variety, errors)),
        "rubric": [
            {
                "line": number,
                "points": int(2 * share * line["points"]) / 2,
                "quote": line["line"],
                "reason": _REASON,
            }
            for number, line in enumerate(answer["rubric"], 1)
        ],
    }


def _share(words: int, variety: float, slips: int) -> float:
    """0–1: half for length, a quarter each for variety and for few slips in a hundred words."""
    if not words:
        return 0.0
    length = min(1.0, words / _ENOUGH_WORDS)
    clean = max(0.0, 1 - 10 * slips / words)
    return 0.5 * length + length * (0.25 * min(1.0, variety / 0.5) + 0.25 * clean)


def _errors(text: str, sentences: list[str]) -> Iterator[dict[str, str]]:
    for word in _WORD.findall(text):
        right = _MISSPELT.get(word.lower())
        if right:
            yield {"text": word, "correction": right, "reason": "拼写错误"}
    for pattern, correction, reason in _SLIPS:
        for found in pattern.finditer(text):
            mended = pattern.sub(correction, found[0])
            yield {"text": found[0], "correction": mended, "reason": reason}
    for sentence in sentences:
        begin = sentence.strip()
        if begin[0].islower():
            first = begin.split()[0]
            yield {
                "text": first,
                "correction": first[0].upper() + first[1:],
                "reason": "句首应大写",
            }


def _suggestions(
    words: list[str], sentences: list[str], variety: float, errors: list[dict[str, str]]
) -> Iterator[str]:
    if len(words) < _ENOUGH_WORDS:
        yield f"篇幅偏短：四级写作一般不少于 {_ENOUGH_WORDS} 词。"
    if words and variety < 0.5:
        yield "重复用词较多，可尝试同义替换。"
    if sentences and len(words) / len(sentences) > 25:
        yield "句子偏长，可拆分以免结构混乱。"
    if sentences and len(words) / len(sentences) < 8:
        yield "句子偏短，可使用连接词合并句子。"
    if errors:
        yield "逐条核对上面列出的可疑错误。"


def _third(verb: str) -> str:
    special = {"have": "has", "do": "does", "go": "goes"}
    return special.get(verb.lower(), f"{verb}s")


def _plural(verb: str) -> str:
    return {"is": "are", "was": "were", "has": "have"}[verb.lower()]
