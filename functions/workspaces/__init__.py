"""Companies, workspaces, their runs and outcomes (contract workspaces.md)."""

from shared.http.startup import begin

begin()
