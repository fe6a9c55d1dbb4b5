"""Base of the groups of calls."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from desk_connectors.connectwise.records.reading import VENDOR, Info, Record, read, split
from desk_connectors.connectwise.refusals import is_json
from desk_connectors.connectwise.session import ApiRequest, Session
from desk_connectors.http.errors import OutcomeUnknown, VendorAnswerInvalid

R = TypeVar("R", bound=Record)


class RecordHead(Record, frozen=True, kw_only=True):
    """Id and stamp of a record of any kind."""

    id: int | None = None
    info: Info = msgspec.field(name="_info", default_factory=Info)


class Calls:
    """A group of calls over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def _get(self, kind: type[R], path: str) -> R:
        answer = await self._session.send(ApiRequest(path=path))
        return read(kind, answer.body)

    async def _newest(self, path: str, order: str) -> RecordHead | None:
        """Id and stamp of the first record in that order; None if there is none or it cannot be read."""
        answer = await self._session.send(ApiRequest(path=path, params={"orderBy": order, "page": 1, "pageSize": 1}))
        try:
            return next((read(RecordHead, raw) for raw in split(RecordHead, answer.body)), None)
        except VendorAnswerInvalid:
            return None

    async def _write(self, kind: type[R], method: str, path: str, body: bytes) -> R:
        """Make a write that returns the record. An unreadable answer to an accepted write raises OutcomeUnknown."""
        answer = await self._session.send(ApiRequest(method=method, path=path, content=body, reads=False))
        try:
            return read(kind, answer.body)
        except VendorAnswerInvalid as invalid:
            raise OutcomeUnknown(invalid.vendor, f"{method} {path}", f"accepted, but {invalid.problem}") from invalid

    async def _command(self, method: str, path: str, body: object | None = None) -> None:
        """Make a write whose answer is not used. An answer that is not JSON raises OutcomeUnknown."""
        content = None if body is None else msgspec.json.encode(body)
        answer = await self._session.send(ApiRequest(method=method, path=path, content=content, reads=False))
        if answer.body.strip() and not is_json(answer.body):
            raise OutcomeUnknown(VENDOR, f"{method} {path}", "accepted, but the answer is not JSON")
