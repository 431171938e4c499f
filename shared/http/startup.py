"""What makes the imports of an API function cheaper; the figures are in docs/decisions/0073.

Each API package calls `begin` in its `__init__`, so before anything imports FastAPI, and
`create_app` calls `finish`.
"""

import gc

# Imports make some 300,000 objects that all live on, and the collector walks them again and again:
# a fifth of a cold start. A bound, not `gc.disable`: a process that never finishes still collects.
_WHILE_IMPORTING = 1_000_000
_AFTERWARDS = (10_000, 20, 20)


def begin() -> None:
    """Hold the collector back, and import FastAPI without its models of OpenAPI documents.

    It builds validators for all of them while it is imported; deferred, they are built by who
    generates a document, and no function does.
    """
    gc.set_threshold(_WHILE_IMPORTING)
    from pydantic import BaseModel

    BaseModel.model_config["defer_build"] = True
    try:
        import fastapi.applications  # noqa: F401
    finally:
        del BaseModel.model_config["defer_build"]


def finish() -> None:
    """Let the collector work again, on what requests make: what was imported stays for good."""
    gc.freeze()
    gc.set_threshold(*_AFTERWARDS)
