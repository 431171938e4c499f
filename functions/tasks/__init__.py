"""Tasks of every type: accept, show, list, cancel, retry (contract images.md)."""

from shared.http.startup import begin

begin()
