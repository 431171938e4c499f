"""Where functions stand in a table's stream: kept over a restart, though the stream is not.

A position past the end of the new, empty stream would let a function sleep through as many
records as it had read before. Without one it begins at the start of what is there.
"""

from typing import Any

from ministack.services import lambda_svc

_POSITIONS = "dynamodb_stream_positions"


def apply() -> None:
    restore = lambda_svc._restore_state

    def restore_without_positions(data: dict[str, Any] | None) -> None:
        kept = {key: value for key, value in (data or {}).items() if key != _POSITIONS}
        restore(kept)

    lambda_svc._restore_state = restore_without_positions
