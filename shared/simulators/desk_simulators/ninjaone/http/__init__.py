"""REST API of NinjaOne: gateway, routes and handlers, control endpoints."""
