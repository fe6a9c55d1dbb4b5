"""REST API v1 of Auvik: gateway, paged lists, handlers, control endpoints."""
