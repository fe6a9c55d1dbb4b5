"""The client of one ConnectWise PSA instance."""

from __future__ import annotations

from types import TracebackType

import httpx

from desk_connectors.connectwise.calls.directory import DirectoryCalls
from desk_connectors.connectwise.calls.feeds import FeedCalls
from desk_connectors.connectwise.calls.presence import PresenceCalls
from desk_connectors.connectwise.calls.tickets import TicketCalls
from desk_connectors.connectwise.calls.work import WorkCalls
from desk_connectors.connectwise.records.reading import VENDOR
from desk_connectors.connectwise.session import Session
from desk_connectors.connectwise.settings import ConnectWiseSettings
from desk_connectors.http.caller import VendorHttp
from desk_connectors.http.clock import Clock, SystemClock


class ConnectWise(TicketCalls, WorkCalls, DirectoryCalls, FeedCalls, PresenceCalls):
    """All calls to one PSA, under one credential, one rate budget and one breaker.

    Reads are retried a bounded number of times. Writes are made once: after `OutcomeUnknown` the write may have been
    made, and is repeated with `previous_unknown=True`. Errors are those of `desk_connectors.http`.
    """

    def __init__(
        self,
        settings: ConnectWiseSettings,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        trust_env = settings.kind != "simulator"
        self._http = VendorHttp(VENDOR, settings.limits, clock or SystemClock(), transport, trust_env)
        super().__init__(Session(settings, self._http))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> ConnectWise:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
