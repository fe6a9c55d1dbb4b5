"""Any Statuspage page behind the status port: the only importer of its connector."""

from desk_integrations.status.statuspage.connection import CREDENTIALS, connect
from desk_integrations.status.statuspage.recording import Poll, RecordingInvalid, recorded

__all__ = ["CREDENTIALS", "Poll", "RecordingInvalid", "connect", "recorded"]
