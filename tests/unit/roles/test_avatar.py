"""Avatars: https URLs and single emoji."""

import pytest

from functions.roles.avatar import check_avatar
from shared.core.text import Text


@pytest.mark.parametrize(
    "avatar",
    [
        "🤖",
        "☎",
        "❤️",
        "1️⃣",
        "👍🏽",
        "🇨🇳",
        "🧑🏻‍⚖️",
        "👨‍👩‍👧‍👦",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "🏳️‍🌈",
    ],
)
def test_one_emoji_is_an_avatar(avatar: str) -> None:
    assert check_avatar(avatar) == avatar


@pytest.mark.parametrize(
    "avatar",
    [
        "https://example.com/a.png",
        "https://cdn.example.com:8443/图片/头像.png?size=64#x",
        "https://[2001:db8::1]/a",
    ],
)
def test_an_https_url_is_an_avatar(avatar: str) -> None:
    assert check_avatar(avatar) == avatar


@pytest.mark.parametrize(
    "avatar",
    [
        "",
        " ",
        "a",
        "1",
        "角",
        "😀😀",
        "😀 ",
        "😀a",
        "🇨",
        "🇨🇳🇨",
        "🏽",
        "\u200d",
        "\ufe0f",
        "👨\u200d",
        "http://example.com/a.png",
        "HTTPS://example.com/a.png",
        "//example.com/a.png",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "https://",
        "https:///a.png",
        "https://user:pw@example.com/a.png",
        "https://example.com:99999/a.png",
        "https://example.com:0/a.png",
        "https://[::1/a.png",
        'https://example.com/"onerror=',
        "https://example.com/a b.png",
        "https://example.com/\u202egnp.a",
        "https://example.com/\n",
        "https://example.com/" + "a" * 2048,
    ],
)
def test_anything_else_is_not(avatar: str) -> None:
    with pytest.raises(ValueError, match="https") as caught:
        check_avatar(avatar)
    assert isinstance(caught.value.args[0], Text)
