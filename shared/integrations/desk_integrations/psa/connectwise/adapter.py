"""The adapter of one ConnectWise instance."""

from __future__ import annotations

from desk_connectors.connectwise import ConnectWise, KeySource
from desk_integrations.kinds.psa import PsaCapabilities
from desk_integrations.psa.connectwise.feeds import ConnectWiseFeeds
from desk_integrations.psa.connectwise.settings import ConnectWiseInstance, vendor_settings
from desk_integrations.psa.connectwise.tickets import summary_hash
from desk_integrations.psa.connectwise.writes import ConnectWiseWrites

CAPABILITIES = PsaCapabilities(
    subscriptions=("ticket", "time", "company", "contact", "configuration", "agreement", "member"),
    signed_callbacks=True,
    history=True,
    merges=True,
    levels=True,
    impact_and_urgency=True,
    devices=True,
    compares_base=False,
)


class ConnectWisePsa(ConnectWiseWrites, ConnectWiseFeeds):
    """Implements `desk_integrations.kinds.psa.Psa`."""

    capabilities = CAPABILITIES

    def __init__(self, settings: ConnectWiseInstance, client: ConnectWise, keys: KeySource) -> None:
        self.settings, self.client, self.keys = settings, client, keys

    def summary_hash(self, text: str) -> str:
        return summary_hash(text, self.settings)

    async def aclose(self) -> None:
        await self.client.aclose()
        await self.keys.aclose()


def check(settings: ConnectWiseInstance) -> None:
    """Check the settings. ValueError names a field that the vendor does not take."""
    vendor_settings(settings)


def connect(settings: ConnectWiseInstance, *, on_loopback: bool) -> ConnectWisePsa:
    """The adapter over the network. ValueError names a field that the vendor does not take."""
    found = vendor_settings(settings)
    keys = KeySource(found, desk_listens_on_loopback=on_loopback)
    return ConnectWisePsa(settings, ConnectWise(found), keys)
