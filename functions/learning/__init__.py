"""Courses, assignments, submissions, progress (contract learning.md)."""

from shared.http.startup import begin

begin()
