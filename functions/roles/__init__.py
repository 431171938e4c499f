"""Roles: AI personas, their versions, built-in templates (contract roles.md)."""

from shared.http.startup import begin

begin()
