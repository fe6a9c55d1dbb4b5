"""REST API of the PSA: access, routes, handlers, control endpoints."""
