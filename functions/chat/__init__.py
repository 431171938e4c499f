"""Chat sessions, whole answers, messages and models."""

from shared.http.startup import begin

begin()
