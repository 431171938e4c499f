"""What every HTTP API has: envelope, request id, paging, limits, safe repeats."""
