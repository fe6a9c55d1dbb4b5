"""PagerDuty behind the paging port: the only importer of its connector."""

from desk_integrations.paging.pagerduty.connection import CREDENTIALS, connect

__all__ = ["CREDENTIALS", "connect"]
