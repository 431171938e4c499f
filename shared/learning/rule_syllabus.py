"""A syllabus by rule: the parts of CET-4 in turn, the hours as even as whole hours allow."""

from collections.abc import Sequence
from typing import Any

_UNITS = (
    (
        "听力：新闻与对话",
        "听懂主旨和关键细节",
        ("精听两篇短新闻", "跟读并复述对话", "听写关键词"),
    ),
    (
        "阅读：选词填空与长篇匹配",
        "用上下文判断词义并快速定位信息",
        ("限时阅读", "划出同义替换", "讲评错题"),
    ),
    (
        "阅读：仔细阅读",
        "区分主旨、细节与推断",
        ("逐段概括", "分析选项陷阱", "限时练习"),
    ),
    (
        "写作：结构与论证",
        "写出结构清楚的短文",
        ("分析评分标准", "列提纲并写一稿", "同伴互评后修改"),
    ),
    (
        "翻译：中国文化与社会",
        "译文准确、通顺",
        ("词组积累", "句子翻译", "段落翻译与讲评"),
    ),
    (
        "词汇与语法",
        "掌握高频词及其搭配",
        ("词族归纳", "选词填空练习", "语法改错"),
    ),
)
_LAST = ("模拟测试与总结", "检验学习成果", ("完整模拟测试", "讲评并整理错题"))


def weeks_by_rule(weeks: int, hours: int, goals: Sequence[str]) -> list[dict[str, Any]]:
    """That many weeks; those that have an hour more than others come first."""
    least, more = divmod(hours, weeks)
    planned = []
    for number in range(weeks):
        title, goal, activities = _unit(number, weeks)
        planned.append(
            {
                "week": number + 1,
                "title": title,
                "hours": least + (number < more),
                "goals": [goal, *_share(goals, number, weeks)],
                "activities": list(activities),
            }
        )
    return planned


def _unit(number: int, weeks: int) -> tuple[str, str, tuple[str, ...]]:
    is_last = weeks > 1 and number == weeks - 1
    return _LAST if is_last else _UNITS[number % len(_UNITS)]


def _share(goals: Sequence[str], number: int, weeks: int) -> list[str]:
    """At most four of the given goals a week; each is in at least one where there is room."""
    return list(goals[number::weeks])[:4] or ([goals[number % len(goals)]] if goals else [])
