"""A body's input reaches the engine letter by letter, cut out or written again."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.code_api.block import read_block, split_block
from shared.http.flow_envelope import BadParameter
from tests.support.flow_bodies import LARGE, body_of, packed

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=3),
    max_leaves=10,
)


@given(given=st.dictionaries(st.text(), JSON, max_size=4), first=st.booleans())
def test_a_large_input_is_cut_out_as_it_stands(given: dict[str, Any], first: bool) -> None:
    whole = {**given, "padding": LARGE}
    block = split_block(body_of(whole, code_first=first))

    assert json.loads(block.input_json) == whole
    assert (block.code, block.is_checked) == ("return 1", False)


@given(given=st.dictionaries(st.text(), JSON, max_size=4))
def test_a_small_input_is_read_and_written_again(given: dict[str, Any]) -> None:
    block = split_block(body_of(given, code_first=True))

    assert json.loads(block.input_json) == given
    assert block.is_checked


@pytest.mark.parametrize(
    "raw",
    [
        b'{"input":{"a":"' + LARGE.encode() + b'"},"codebase64":"' + packed() + b'","x":1}',
        b'{"codebase64":"\\u0065HV4","input":{"a":"' + LARGE.encode() + b'"}}',
        b'[{"input":{"a":"' + LARGE.encode() + b'"}}]',
    ],
)
def test_what_is_not_plainly_two_fields_is_read_as_a_whole(raw: bytes) -> None:
    try:
        block = split_block(raw)
    except BadParameter:
        return
    assert block.is_checked


def test_an_input_that_is_no_json_is_found_out_by_reading() -> None:
    raw = b'{"input":{"a":"' + LARGE.encode() + b'"},"b":{},"codebase64":"' + packed() + b'"}'
    assert split_block(raw).is_checked is False

    with pytest.raises(BadParameter, match="b: is not a known field"):
        read_block(raw)
