"""Calls of one account with its API key, and the meaning of each status."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec

from desk_connectors.http.call import Answer, Call
from desk_connectors.http.caller import VendorHttp
from desk_connectors.http.errors import FieldProblem, RecordGone, VendorAnswerInvalid, VendorRefused
from desk_connectors.itglue.records import VENDOR
from desk_connectors.itglue.settings import ItGlueSettings
from desk_connectors.json_api import MEDIA_TYPE, address_of, path_of
from desk_connectors.reading import UNREADABLE, decoded

MOST_AT_ONCE = 4


class Session:
    """Calls with the header `x-api-key`. `key` gives the API key as it is now."""

    def __init__(self, settings: ItGlueSettings, http: VendorHttp, key: Callable[[], str]) -> None:
        self.settings = settings
        self._http = http
        self._key = key
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, object]:
        """The document at a path."""
        return await self._document("GET", address_of(self.settings.address, path, params), path)

    async def follow(self, link: str) -> dict[str, object]:
        """The next page, by the vendor's own link. A link to another origin is refused: it would get the key."""
        return await self._document("GET", link, path_of(VENDOR, self.settings.address, link))

    async def write(self, method: str, path: str, resource: str, attributes: Mapping[str, object]) -> dict[str, object]:
        """The document that a write answers. `OutcomeUnknown` when the answer is lost: look it up before a repeat."""
        body = msgspec.json.encode({"data": {"type": resource, "attributes": attributes}})
        return await self._document(method, f"{self.settings.address}{path}", path, body)

    async def act(self, method: str, path: str) -> None:
        """A write without a body, whose answer carries nothing that is needed."""
        operation = f"{method} {path}"
        _checked(operation, await self._send(method, f"{self.settings.address}{path}", operation))

    async def _document(self, method: str, url: str, path: str, body: bytes | None = None) -> dict[str, object]:
        operation = f"{method} {path}"
        answer = _checked(operation, await self._send(method, url, operation, body))
        plain = decoded(VENDOR, operation, answer.body)
        if isinstance(plain, dict) and "errors" in plain:
            raise _refusal(operation, answer)
        if not isinstance(plain, dict) or "data" not in plain:
            raise VendorAnswerInvalid(VENDOR, operation, "data", "missing")
        return plain

    async def _send(self, method: str, url: str, operation: str, body: bytes | None = None) -> Answer:
        headers = {"x-api-key": self._key(), "accept": MEDIA_TYPE, "content-type": MEDIA_TYPE}
        call = Call(method=method, url=url, operation=operation, reads=method == "GET", headers=headers, content=body)
        async with self._slots:
            return await self._http.send(call)


def _checked(operation: str, answer: Answer) -> Answer:
    """The answer of a call that worked. An unknown path answers 404 with a web page, a missing record with JSON."""
    if answer.status < 300:
        return answer
    if answer.status == 404 and _errors(answer):
        raise RecordGone(VENDOR, operation, "not there", status=404)
    raise _refusal(operation, answer)


def _refusal(operation: str, answer: Answer) -> VendorRefused:
    errors = _errors(answer)
    problems = tuple(problem for error in errors if (problem := _problem(error)) is not None)
    detail = "; ".join(str(error.get("detail") or error.get("title") or "") for error in errors)
    code = "error body" if answer.status < 300 else "" if errors else "not JSON:API"
    return VendorRefused(VENDOR, operation, status=answer.status, code=code, fields=problems, detail=detail)


def _problem(error: Mapping[str, object]) -> FieldProblem | None:
    source = error.get("source")
    if not isinstance(source, dict):
        return None
    field = str(source.get("pointer") or source.get("parameter") or "").rpartition("/")[2]
    return FieldProblem(field, "invalid", str(error.get("detail", ""))) if field else None


def _errors(answer: Answer) -> Sequence[Mapping[str, object]]:
    try:
        plain = msgspec.json.decode(answer.body)
    except UNREADABLE:
        return ()
    errors = plain.get("errors") if isinstance(plain, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else ()
