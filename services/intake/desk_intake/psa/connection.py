"""Connection to one configured PSA: client, signing keys, and its set-up, which is cached for minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address

from desk.settings import Settings
from desk_connectors.connectwise import ConnectWise, ConnectWiseSettings, KeySource
from desk_connectors.connectwise.records import BoardStatus, Member
from desk_connectors.http import Limits, VendorError, VendorRateLimited, VendorUnavailable
from desk_intake.psa.config import PsaInstanceSettings

FRESH, AWAY = 600.0, 60.0
PROGRAMS = frozenset({"A"})


@dataclass
class PsaConnection:
    """The client, signing keys and cached set-up of one instance."""

    config: PsaInstanceSettings
    client: ConnectWise
    keys: KeySource
    _members: dict[str, Member] = field(default_factory=dict)
    _members_due: float = float("-inf")
    _members_away: float | None = None
    _statuses: dict[int, list[BoardStatus]] = field(default_factory=dict)

    async def members(self, *, fresh: bool = False) -> dict[str, Member]:
        """Members by identifier in lower case, cached for ten minutes.

        If they cannot be read, the last known ones are used, or none; feed `members` reports the failure. A PSA that is
        unavailable at the first read raises, for a minute at most.
        """
        if fresh or time.monotonic() >= self._members_due:
            try:
                found = await self.client.members().all()
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
        return frozenset(name for name, member in members.items() if member.license_class in PROGRAMS)

    async def statuses(self, board: int) -> list[BoardStatus]:
        """The statuses of a board, read once."""
        if board not in self._statuses:
            self._statuses[board] = await self.client.board_statuses(board).all()
        return self._statuses[board]

    async def aclose(self) -> None:
        await self.client.aclose()
        await self.keys.aclose()


Connect = Callable[[PsaInstanceSettings, Settings], PsaConnection]


def connect(config: PsaInstanceSettings, settings: Settings) -> PsaConnection:
    """Connect to an instance over the network."""
    found = vendor_settings(config)
    keys = KeySource(found, desk_listens_on_loopback=_loopback(settings.host))
    return PsaConnection(config, ConnectWise(found), keys)


def vendor_settings(config: PsaInstanceSettings) -> ConnectWiseSettings:
    """The connector's settings of an instance. ValueError names the wrong one."""
    return ConnectWiseSettings(
        instance=config.id,
        site=config.site,
        api=config.api,
        company_id=config.company,
        public_key=config.public_key.get_secret_value(),
        private_key=config.private_key.get_secret_value(),
        client_id=config.client_id.get_secret_value(),
        kind=config.kind,
        version=config.version,
        codebase=config.codebase,
        signing_hosts=frozenset(config.signing_hosts),
        limits=Limits(per_minute=config.calls_per_minute, burst=config.burst, deadline=config.deadline),
    )


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
