"""Knowledge bases and search in them (contract documents.md)."""

from shared.http.startup import begin

begin()
