"""Settings refuse to start wrong and show no value."""

from collections.abc import Iterator

import pytest

from shared.core.settings import Settings, SettingsError, forget_settings


class _Example(Settings):
    example_table: str
    example_limit: int = 3


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    forget_settings()
    yield
    forget_settings()


def test_fields_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_TABLE", "t")
    assert _Example.from_env() == _Example(example_table="t", example_limit=3)


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXAMPLE_TABLE", raising=False)
    with pytest.raises(SettingsError, match="EXAMPLE_TABLE"):
        _Example.from_env()


def test_a_wrong_value_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_TABLE", "t")
    monkeypatch.setenv("EXAMPLE_LIMIT", "hunter2")
    with pytest.raises(SettingsError) as failure:
        _Example.from_env()
    assert "EXAMPLE_LIMIT" in str(failure.value)
    assert "hunter2" not in str(failure.value)
