"""Starting an API function: the collector waits, FastAPI's OpenAPI models are not built."""

import subprocess
import sys

SCRIPT = """
import gc, sys
import {package}
from pydantic import BaseModel
from fastapi.openapi.models import Contact
import functions.roles.schemas as schemas
print(gc.get_threshold()[0], gc.isenabled(), Contact.__pydantic_complete__)
print("defer_build" in BaseModel.model_config, schemas.NewRole.__pydantic_complete__)
from functions.roles.handler import app
print(gc.get_threshold()[0], gc.isenabled(), gc.get_freeze_count() > 0)
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
    first, second, third = _printed("functions.roles")
    assert first == "1000000 True False"
    assert second == "False True"
    assert third == "10000 True True"


def test_deferred_models_still_make_a_document() -> None:
    code = (
        "from functions.roles.handler import app\n"
        "print(sorted(app.openapi()['paths'])[0], 'NewRole' in app.openapi()['components']"
        "['schemas'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["/api/v1/roles", "True"]
