"""What every service's HTTP face stands on: problems, tokens, idempotency, seen, paging, limits, health."""
