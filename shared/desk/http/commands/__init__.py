"""Commands over HTTP: one route per command, idempotency keys, examples."""
