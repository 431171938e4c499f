"""What the zygote and every waiting copy run before an execution comes."""

import subprocess
import sys

from functions.code_executor.engine.scripts import REHEARSAL, WARM_UP
from tests.support.code import Engine

# V8 does not go away again: in a process of its own.
_SCRIPT = """
import os
from functions.code_executor.engine.isolate import Isolate
from functions.code_executor.engine.scripts import REHEARSAL, WARM_UP
from functions.code_executor.settings import EngineSettings
isolate = Isolate(EngineSettings().limits)
while not isolate.loaded:
    isolate.load_next()
for code in (REHEARSAL, WARM_UP):
    print(isolate.rehearse(code)[:1].decode())
print(isolate.start(b"return [setTimeout(() => 0), input.a]", b'{"a": 2}').decode(), flush=True)
os._exit(0)
"""


def test_both_rehearsals_go_well_and_leave_nothing():
    assert REHEARSAL != WARM_UP

    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.split() == ["R", "R", "R[1,2]"]


def test_code_with_signs_beyond_the_basic_plane_is_cut_where_it_ends(engine: Engine):
    code = "return ['😀é中', input['😀']]"

    assert engine.result(code, {"😀": "é"}) == ["😀é中", "é"]


def test_a_long_input_and_a_short_one_are_the_same_to_code(engine: Engine):
    for size in (10, 32_700, 32_800, 200_000):
        text = "中" * size
        assert engine.result("return input.text + '😀'", {"text": text}) == text + "😀"
