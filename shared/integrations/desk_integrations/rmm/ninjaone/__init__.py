"""NinjaOne behind the RMM port: the only importer of its connector."""

from desk_integrations.rmm.ninjaone.connection import CREDENTIALS, connect

__all__ = ["CREDENTIALS", "connect"]
