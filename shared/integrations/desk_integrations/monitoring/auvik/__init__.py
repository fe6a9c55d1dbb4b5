"""Auvik behind the monitoring port: the only importer of its connector."""

from desk_integrations.monitoring.auvik.connection import CREDENTIALS, connect

__all__ = ["CREDENTIALS", "connect"]
