"""Fixtures: a teacher and two students."""

import pytest

from tests.support.learning import Person, a_person


@pytest.fixture
def teacher(aws: None) -> Person:
    return a_person("teacher")


@pytest.fixture
def student(aws: None) -> Person:
    return a_person("student")


@pytest.fixture
def other_student(aws: None) -> Person:
    return a_person("student")
