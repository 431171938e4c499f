"""Starting an API function: the collector waits, and what no function uses is left out."""

import subprocess
import sys

SCRIPT = """
import gc, os, sys
import {package}
from pydantic import BaseModel
from fastapi.openapi.models import Contact
import functions.roles.schemas as schemas
print(gc.get_threshold()[0], gc.isenabled(), Contact.__pydantic_complete__)
print("defer_build" in BaseModel.model_config, schemas.NewRole.__pydantic_complete__)
from functions.roles.handler import app
print(gc.get_threshold()[0], gc.isenabled(), gc.get_freeze_count() > 0)
print("pydantic.v1" in sys.modules, os.environ["PYDANTIC_DISABLE_PLUGINS"])
from pydantic import v1
print(v1.BaseModel.__module__)
"""


def _printed(package: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(package=package)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_an_api_package_starts_lean_and_leaves_the_collector_working() -> None:
    first, second, third, *_ = _printed("functions.roles")
    assert first == "1000000 True False"
    assert second == "False True"
    assert third == "10000 True True"


def test_plugins_and_models_of_pydantic_1_are_not_looked_for_and_can_be_had() -> None:
    *_, fourth, fifth = _printed("functions.roles")
    assert fourth == "False __all__"
    assert fifth == "pydantic.v1.main"


def test_deferred_models_still_make_a_document() -> None:
    code = (
        "from functions.roles.handler import app\n"
        "print(sorted(app.openapi()['paths'])[0], 'NewRole' in app.openapi()['components']"
        "['schemas'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["/api/v1/roles", "True"]
