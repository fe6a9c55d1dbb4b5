"""The HTTP application of a service: routers behind limits, observation and problems; health, OpenAPI, server."""
