"""ConnectWise PSA behind the PSA port: the only importer of its connector."""

from desk_integrations.psa.connectwise.adapter import ConnectWisePsa, check, connect
from desk_integrations.psa.connectwise.settings import ConnectWiseInstance, vendor_settings

SETTINGS = ConnectWiseInstance

__all__ = ["SETTINGS", "ConnectWiseInstance", "ConnectWisePsa", "check", "connect", "vendor_settings"]
