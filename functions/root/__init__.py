"""The public face: what runs here, whether it is well, and 404 for everything unknown."""

from shared.http.startup import begin

begin()
