"""Public API v2 of the page: gateway, documents, feeds, control endpoints."""
