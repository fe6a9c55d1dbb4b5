"""Connection to one configured PSA: its port, and its set-up, which is cached for minutes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from desk.settings import Settings
from desk_integrations.instances.psa_document import PsaInstanceSettings, connect_psa
from desk_integrations.kinds.psa import Psa, PsaCapabilities, PsaMember, PsaStatus
from desk_integrations.vendor_errors import VendorError, VendorRateLimited, VendorUnavailable

FRESH, AWAY = 600.0, 60.0


@dataclass
class PsaConnection:
    """The port and cached set-up of one instance."""

    config: PsaInstanceSettings
    psa: Psa
    _members: dict[str, PsaMember] = field(default_factory=dict)
    _members_due: float = float("-inf")
    _members_away: float | None = None
    _statuses: dict[str, Sequence[PsaStatus]] = field(default_factory=dict)

    async def members(self, *, fresh: bool = False) -> dict[str, PsaMember]:
        """Members by identifier in lower case, cached for ten minutes.

        If they cannot be read, the last known ones are used, or none; feed `members` reports the failure. A PSA that is
        unavailable at the first read raises, for a minute at most.
        """
        if fresh or time.monotonic() >= self._members_due:
            try:
                found = [member async for member in self.psa.members()]
            except VendorError as error:
                self._without_members(error)
            else:
                self._members = {member.identifier.lower(): member for member in found}
                self._members_due, self._members_away = time.monotonic() + FRESH, None
        return self._members

    def _without_members(self, error: VendorError) -> None:
        now = time.monotonic()
        self._members_away = now if self._members_away is None else self._members_away
        away = isinstance(error, VendorUnavailable | VendorRateLimited)
        if away and not self._members and now - self._members_away < AWAY:
            raise error
        self._members_due = now + AWAY

    async def bots(self) -> frozenset[str]:
        """Identifiers (lower case) of members that are programs."""
        members = await self.members()
        return frozenset(name for name, member in members.items() if member.program)

    async def statuses(self, board: str) -> Sequence[PsaStatus]:
        """The statuses of a board, read once."""
        if board not in self._statuses:
            self._statuses[board] = await self.psa.statuses(board)
        return self._statuses[board]

    async def aclose(self) -> None:
        await self.psa.aclose()


Connect = Callable[[PsaInstanceSettings, Settings], PsaConnection]


def connect(config: PsaInstanceSettings, settings: Settings) -> PsaConnection:
    """Connect to an instance over the network. ValueError names a setting that the vendor does not accept."""
    psa = connect_psa(config, on_loopback=_loopback(settings.host))
    return PsaConnection(without_unavailable_feeds(config, psa.capabilities), psa)


def without_unavailable_feeds(config: PsaInstanceSettings, capabilities: PsaCapabilities) -> PsaInstanceSettings:
    """The settings, with the feeds skipped that the vendor does not have: they are neither read nor overdue."""
    feeds = (("changelog", capabilities.history), ("hooks", capabilities.subscriptions))
    missing = [feed for feed, available in feeds if not available]
    return config.model_copy(update={"skip": list(dict.fromkeys((*config.skip, *missing)))}) if missing else config


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
