"""What makes the imports of an API function cheaper; the figures are in docs/decisions/0073.

Each API package calls `begin` in its `__init__`, so before anything imports FastAPI, and
`create_app` calls `finish`.
"""

import gc
import os
import sys

# Imports make some 300,000 objects that all live on, and the collector walks them again and again:
# a fifth of a cold start. A bound, not `gc.disable`: a process that never finishes still collects.
_WHILE_IMPORTING = 1_000_000
_AFTERWARDS = (10_000, 20, 20)
# FastAPI imports it to refuse models of that kind, and takes its absence for their absence.
_OLD_MODELS = "pydantic.v1"


def begin() -> None:
    """Hold the collector back, and import FastAPI without what no function uses.

    That is pydantic's search through all installed packages for plugins, its first version, and
    validators of the models of OpenAPI documents: FastAPI builds all of them while it is
    imported; deferred, they are built by who generates a document.
    """
    gc.set_threshold(_WHILE_IMPORTING)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    sys.modules.setdefault(_OLD_MODELS, None)  # type: ignore[arg-type]  # "is not there"
    from pydantic import BaseModel

    BaseModel.model_config["defer_build"] = True
    try:
        import fastapi.applications  # noqa: F401
    finally:
        del BaseModel.model_config["defer_build"]


def finish() -> None:
    """Let the collector work again, on what requests make: what was imported stays for good."""
    if sys.modules.get(_OLD_MODELS) is None:
        sys.modules.pop(_OLD_MODELS, None)
    gc.freeze()
    gc.set_threshold(*_AFTERWARDS)
