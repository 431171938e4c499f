"""Hooks into the emulator's CloudFormation handlers, for create and update alike."""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
# Where a handler takes the resource's properties: create(logical_id, properties, stack),
# update(physical_id, old properties, new properties, stack[, logical_id]).
_POSITION = {"create": 1, "update": 2}


def before(resource_type: str, change: Callable[[Properties], Properties]) -> None:
    """The handlers of `resource_type` see `change(properties)`."""

    def wrap(handler: Callable[..., Any], position: int) -> Callable[..., Any]:
        def mended(*args: Any, **kwargs: Any) -> Any:
            given = list(args)
            given[position] = change(given[position])
            return handler(*given, **kwargs)

        return mended

    _wrap(resource_type, wrap)


def after(resource_type: str, finish: Callable[[str, Properties], None]) -> None:
    """`finish(physical id, properties)` runs when a handler of `resource_type` is done."""

    def wrap(handler: Callable[..., Any], position: int) -> Callable[..., Any]:
        def mended(*args: Any, **kwargs: Any) -> Any:
            answer = handler(*args, **kwargs)
            finish(answer[0], args[position])
            return answer

        return mended

    _wrap(resource_type, wrap)


def _wrap(
    resource_type: str, wrap: Callable[[Callable[..., Any], int], Callable[..., Any]]
) -> None:
    handlers = provisioners._RESOURCE_HANDLERS[resource_type]
    for operation, position in _POSITION.items():
        handlers[operation] = wrap(handlers[operation], position)


def is_true(value: object) -> bool:
    """A template's boolean may be the text "true"."""
    return str(value).lower() == "true"
