"""Work queues for administrators: status, dead letters, redrive, purge (contract images.md)."""

from shared.http.startup import begin

begin()
