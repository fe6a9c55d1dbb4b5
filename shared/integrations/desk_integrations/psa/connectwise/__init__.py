"""ConnectWise PSA behind the PSA port: the only importer of its connector."""

from desk_integrations.psa.connectwise.adapter import ConnectWisePsa, connect
from desk_integrations.psa.connectwise.settings import ConnectWiseInstance as SETTINGS
from desk_integrations.psa.connectwise.settings import vendor_settings

__all__ = ["SETTINGS", "ConnectWisePsa", "connect", "vendor_settings"]
