"""REST API v2 and Events API v2 of PagerDuty: gateways, handlers, control endpoints."""
