"""Tables that align on a terminal, also with Chinese in them."""

import json

import pytest

from cli.output import print_json, print_table


def test_texts_stand_left_and_numbers_right(capsys: pytest.CaptureFixture[str]):
    print_table(("NAME", "COUNT", "AGE"), [("documents", 1234567, None), ("图片", 5, 12.5)])
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "NAME           COUNT   AGE",
        "documents  1,234,567     -",
        "图片               5  12.5",
    ]


def test_a_table_without_rows_has_its_heads(capsys: pytest.CaptureFixture[str]):
    print_table(("NAME", "COUNT"), [])
    assert capsys.readouterr().out.split() == ["NAME", "COUNT"]


def test_a_pipe_gets_whole_lines(capsys: pytest.CaptureFixture[str]):
    print_table(("NAME",), [("x" * 500,)])
    assert "x" * 500 in capsys.readouterr().out


def test_json_is_that_of_the_api_with_chinese_as_it_is(capsys: pytest.CaptureFixture[str]):
    print_json([{"name": "图片", "oldest_age_s": None}])
    out = capsys.readouterr().out
    assert "图片" in out
    assert json.loads(out) == [{"name": "图片", "oldest_age_s": None}]
