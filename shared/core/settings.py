"""Settings come from the environment, at first use, and refuse to start wrong."""

import os
from functools import cache
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class SettingsError(RuntimeError):
    """A variable is missing or wrong; the text names it and shows no value."""


class Settings(BaseModel):
    """Base: field `roles_table` is read from `ROLES_TABLE`."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def from_env(cls) -> Self:
        """The settings of the running function, read once a process.

        Raises:
            SettingsError: a variable is missing or does not validate.
        """
        settings: Self = _load(cls)
        return settings


_S = TypeVar("_S", bound=Settings)


@cache
def _load(kind: type[_S]) -> _S:
    values = {name: os.environ.get(name.upper()) for name in kind.model_fields}
    try:
        return kind.model_validate({k: v for k, v in values.items() if v is not None})
    except ValidationError as error:
        names = sorted({str(item["loc"][0]).upper() for item in error.errors()})
        raise SettingsError(f"missing or invalid: {', '.join(names)}") from None


def forget_settings() -> None:
    """Let the next `from_env` read the environment again (tests change it)."""
    _load.cache_clear()
