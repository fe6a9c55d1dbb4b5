"""Sources of changes: callback subscriptions, the change log, the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from desk_connectors.connectwise.calls.base import Calls
from desk_connectors.connectwise.conditions import Condition, Field
from desk_connectors.connectwise.paging import Listing
from desk_connectors.connectwise.patch import Patch
from desk_connectors.connectwise.records import AuditEntry, CallbackEntry, ChangeLogEntry
from desk_connectors.http.errors import VendorRefused

CALLBACKS = "/system/callbacks"
TYPES = frozenset({"ticket", "time", "company", "contact", "configuration", "agreement", "member", "schedule"})
OWNER, EVERYTHING = "owner", 1


@dataclass(frozen=True, slots=True)
class EnsuredSubscriptions:
    """`entries` in the order of the requested types; `created` and `rearmed` are ids among them.

    `refused`: types without a visible subscription, with the vendor's refusal.
    """

    entries: tuple[CallbackEntry, ...]
    created: tuple[int, ...]
    rearmed: tuple[int, ...]
    refused: tuple[tuple[str, VendorRefused], ...] = ()


class FeedCalls(Calls):
    """Subscriptions and histories."""

    def callbacks(self) -> Listing[CallbackEntry]:
        """Every subscription that our key may see, without unreadable ones of others."""
        return Listing(self._session, CallbackEntry, CALLBACKS, forward=False, tolerant=True)

    async def ensure_callbacks(
        self, url: str, types: Iterable[str], *, description: str = "Deskstream feed", suppress_own: bool = True
    ) -> EnsuredSubscriptions:
        """`subscribe_each`, but raises the first refusal after every other type is subscribed."""
        ensured = await self.subscribe_each(url, types, description=description, suppress_own=suppress_own)
        for _kind, refused in ensured.refused:
            raise refused
        return ensured

    async def subscribe_each(
        self, url: str, types: Iterable[str], *, description: str = "Deskstream feed", suppress_own: bool = True
    ) -> EnsuredSubscriptions:
        """Ensure one active subscription per type at level `owner`; a repeat changes nothing.

        A refused type is listed in `refused` and does not stop the others.

        `url` must end in `recordId=`, because the vendor appends the record's id. A subscription that the vendor
        disabled is enabled again. `suppress_own` asks for no callbacks about changes by our own member.
        """
        wanted = _checked(url, types)
        there = await self.callbacks().all()
        entries: list[CallbackEntry] = []
        created: list[int] = []
        rearmed: list[int] = []
        refused: list[tuple[str, VendorRefused]] = []
        for kind in wanted:
            try:
                entry = _same(there, url, kind) or await self._callback(url, kind)
                if entry is None:
                    entry, made = await self._subscribe(url, kind, description, suppress_own)
                    created += [entry.id] if made else []
                if entry.inactive_flag:
                    entry = await self._rearm(entry)
                    rearmed.append(entry.id)
                entries.append(entry)
            except VendorRefused as error:
                refused.append((kind, error))
        return EnsuredSubscriptions(tuple(entries), tuple(created), tuple(rearmed), tuple(refused))

    async def delete_callback(self, entry_id: int) -> None:
        await self._command("DELETE", f"{CALLBACKS}/{entry_id}")

    def change_log(self, after_id: int = 0, ticket_id: int | None = None) -> Listing[ChangeLogEntry]:
        """Changes of tickets with ids above `after_id`, oldest first: states that a later read cannot return."""
        newer: Condition = Field("id").above(after_id)
        if ticket_id is not None:
            newer = newer & Field("ticketNumber").equals(ticket_id)
        order = {"orderBy": "id asc"}
        path = "/service/tickets/changelogs"
        return Listing(
            self._session, ChangeLogEntry, path, conditions=newer, params=order, forward=False, tolerant=True
        )

    async def last_change_id(self) -> int:
        """The id of the change log's newest entry; 0 if it is empty."""
        newest = await self._newest("/service/tickets/changelogs", "id desc")
        return newest.id if newest is not None and newest.id is not None else 0

    def audit_trail(self, ticket_id: int, after: datetime | None = None) -> Listing[AuditEntry]:
        """The audit trail of one ticket, as sentences for people. It has no cursor, so it is paged."""
        newer = Field("enteredDate").above(after) if after else None
        who: dict[str, str | int] = {"type": "Ticket", "id": ticket_id}
        return Listing(self._session, AuditEntry, "/system/audittrail", conditions=newer, params=who, forward=False)

    async def _callback(self, url: str, kind: str) -> CallbackEntry | None:
        """The subscription as it is now: another process may have made it since the list was read."""
        return _same(await self.callbacks().all(), url, kind)

    async def _subscribe(self, url: str, kind: str, description: str, suppress_own: bool) -> tuple[CallbackEntry, bool]:
        body = {
            "description": description[:100],
            "url": url,
            "objectId": EVERYTHING,
            "type": kind,
            "level": OWNER,
            "payloadVersion": "3.0.0",
            "isSelfSuppressedFlag": suppress_own,
        }
        try:
            return await self._write(CallbackEntry, "POST", CALLBACKS, msgspec.json.encode(body)), True
        except VendorRefused as refused:
            # Another process of ours may have subscribed between our list and our call.
            entry = await self._callback(url, kind) if refused.says("ObjectExists") else None
            if entry is None:
                raise
            return entry, False

    async def _rearm(self, entry: CallbackEntry) -> CallbackEntry:
        body = Patch().replace("inactiveFlag", False).encode()
        return await self._write(CallbackEntry, "PATCH", f"{CALLBACKS}/{entry.id}", body)


def _same(entries: Sequence[CallbackEntry], url: str, kind: str) -> CallbackEntry | None:
    wanted = (kind, OWNER, EVERYTHING, url)
    return next((e for e in entries if (e.type.lower(), e.level.lower(), e.object_id, e.url) == wanted), None)


def _checked(url: str, types: Iterable[str]) -> tuple[str, ...]:
    if not url.endswith(("?recordId=", "&recordId=")):
        raise ValueError("url: must end in ?recordId= or &recordId=, the vendor appends the record's id")
    wanted = tuple(dict.fromkeys(types))
    strangers = [kind for kind in wanted if kind not in TYPES]
    if strangers:
        raise ValueError(f"types: {strangers} have no level 'owner'; use {sorted(TYPES)}")
    return wanted
