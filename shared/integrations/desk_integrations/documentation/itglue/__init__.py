"""IT Glue behind the documentation port: the only importer of its connector."""

from desk_integrations.documentation.itglue.connection import CREDENTIALS, connect

__all__ = ["CREDENTIALS", "connect"]
