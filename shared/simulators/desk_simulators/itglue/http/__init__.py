"""REST API of IT Glue: gateway, paged lists, handlers, control endpoints."""
