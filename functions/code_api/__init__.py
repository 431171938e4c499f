"""Code blocks: tokens, limits, executions and figures (contract flow.md)."""

from shared.http.startup import begin

begin()
