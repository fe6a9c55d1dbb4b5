"""Checks the presence of records of any kind: proves that one is gone, and lists those present among many."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from desk_connectors.connectwise.calls.base import Calls, RecordHead
from desk_connectors.connectwise.conditions import Field
from desk_connectors.connectwise.paging import Listing
from desk_connectors.connectwise.session import ApiRequest
from desk_connectors.http.errors import RecordGone

Kind = Literal["ticket", "time", "company", "contact", "configuration", "agreement", "member"]
PATHS: Mapping[Kind, str] = {
    "ticket": "/service/tickets",
    "time": "/time/entries",
    "company": "/company/companies",
    "contact": "/company/contacts",
    "configuration": "/company/configurations",
    "agreement": "/finance/agreements",
    "member": "/system/members",
}
AT_ONCE = 100


class PresenceCalls(Calls):
    """Records by kind (the names of callback types) and id."""

    async def is_gone(self, kind: Kind, record_id: int) -> bool:
        """True only if the codebase was just looked up, a second read returned 404, and no list has the record.

        One 404 proves nothing: an outdated codebase and refused credentials answer the same.
        """
        await self._session.refresh_codebase(fresh=0.0)
        try:
            await self._session.send(ApiRequest(path=f"{PATHS[kind]}/{record_id}"))
        except RecordGone:
            return not await self.present(kind, [record_id])
        return False

    async def ticket_is_gone(self, ticket_id: int) -> bool:
        """`is_gone` for a ticket."""
        return await self.is_gone("ticket", ticket_id)

    async def present(self, kind: Kind, record_ids: Collection[int]) -> set[int]:
        """The ids that the list of this kind has, whether the records can be read or not."""
        wanted, found = sorted(set(record_ids)), set[int]()
        for at in range(0, len(wanted), AT_ONCE):
            among = Field("id").one_of(wanted[at : at + AT_ONCE])
            async for head in Listing(self._session, RecordHead, PATHS[kind], conditions=among):
                found |= {head.id} if head.id is not None else set()
        return found
