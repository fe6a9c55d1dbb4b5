"""The HTTP application of a service: middleware, health, OpenAPI, API page, server."""
