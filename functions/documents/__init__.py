"""Documents: uploads, lists, chunks, downloads (contract documents.md)."""

from shared.http.startup import begin

begin()
