"""HTTP client of a desk; problem documents become failures with title, detail and remedy."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar
from uuid import uuid4

import httpx
import msgspec

from desk.eventstore.connections.unreadable_rows import UnreadableLine
from desk.http.reads.page import Page
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.output import warn_unreadable

PATIENCE = httpx.Timeout(10.0, read=600.0)
PAGE = 200
Query = str | int | None
T = TypeVar("T")
UNREADABLE = b'{"unreadable":'


class MissingGate(msgspec.Struct, frozen=True):
    """An open gate that a problem names."""

    gate: str
    owner: str
    remedy: str


class InvalidField(msgspec.Struct, frozen=True):
    """An invalid field that a problem names."""

    field: str
    detail: str
    remedy: str = ""


class ProblemDocument(msgspec.Struct, frozen=True):
    """The members of a problem document that the command line prints."""

    title: str
    detail: str = ""
    remedy: str = ""
    code: str = ""
    missing: tuple[MissingGate, ...] = ()
    errors: tuple[InvalidField, ...] = ()


class Desk:
    """A desk at `url`, accessed with `token`; `sender` is its subject.

    `alive`: its services run; otherwise its stores are only read.
    """

    def __init__(
        self, url: str, token: str, transport: httpx.BaseTransport | None = None, *, alive: bool = True
    ) -> None:
        if not (token.isascii() and token.isprintable()):
            raise Failure("the token contains invalid characters: issue one with `desk token ROLE`")
        self.url, self.alive, self.sender = url, alive, _subject(token)
        headers = {"Authorization": f"Bearer {token}"}
        # Certificates take longer to load than the rest of a short command, and redirects are not followed.
        secure = not url.startswith("http://")
        self._client = httpx.Client(base_url=url, headers=headers, timeout=PATIENCE, transport=transport, verify=secure)

    def get(self, path: str, **query: Query) -> object:
        """GET a JSON document that this command line only prints."""
        document: object = checked(self._client.get(path, params=_given(query))).json()
        return document

    def read(self, path: str, shape: type[T], **query: Query) -> T:
        """The answer of a read, in the shape in which the service writes it.

        `path` may contain a query, such as the address of the next page.
        """
        return shaped(checked(self._client.get(path, params=_given(query))), shape)

    def run(self, path: str, shape: type[T], body: object = None) -> T:
        """The answer of a command, in the shape in which the service writes it; sent with a new Idempotency-Key."""
        headers = {"Idempotency-Key": str(uuid4())}
        return shaped(checked(self._client.post(path, json=body, headers=headers)), shape)

    def exchange(self, path: str, body: object, headers: Mapping[str, str]) -> httpx.Response:
        """POST a command with these headers; return the response, also when it is a refusal."""
        return self._client.post(path, json=body, headers=dict(headers))

    def send(self, path: str, shape: type[T], body: bytes) -> T:
        """POST a body of encoded JSON; return the answer, in the shape in which the service writes it."""
        headers = {"Content-Type": "application/json"}
        return shaped(checked(self._client.post(path, content=body, headers=headers)), shape)

    def pages(self, path: str, shape: type[Page[T]], **query: Query) -> Iterator[T]:
        """Iterate over all items of a list, page by page."""
        page = self.read(path, shape, **query, limit=PAGE)
        yield from _items(page)
        while page.next:
            page = self.read(page.next, shape)
            yield from _items(page)

    @contextmanager
    def lines(self, path: str, **query: Query) -> Iterator[Iterator[bytes]]:
        """GET a stream of lines, read as they arrive."""
        with self._client.stream("GET", path, params=_given(query)) as response:
            if response.is_error:
                response.read()
            yield _lines(checked(response))

    @contextmanager
    def answered(self, path: str, body: object) -> Iterator[Iterator[bytes]]:
        """POST a body and read the response as a stream of lines."""
        with self._client.stream("POST", path, json=body) as response:
            if response.is_error:
                response.read()
            yield _lines(checked(response))

    def text(self, path: str, **query: Query) -> str:
        """GET a response as text."""
        return checked(self._client.get(path, params=_given(query))).text

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _subject(token: str) -> str:
    """The subject that a token names; empty for a token that is no JWT. Its signature is the services' matter."""
    try:
        payload = token.split(".")[1]
        found = msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=dict[str, object])
    except (IndexError, ValueError):
        return ""
    return str(found.get("sub", ""))


def _given(query: Mapping[str, Query]) -> dict[str, str | int] | None:
    """The parameters that have a value. None without any: httpx would drop the query of the path for an empty one."""
    return {key: value for key, value in query.items() if value is not None} or None


def checked(response: httpx.Response) -> httpx.Response:
    """Return a successful response; Failure with the problem otherwise."""
    if not response.is_error:
        return response
    try:
        problem = msgspec.json.decode(response.content, type=ProblemDocument)
    except msgspec.MsgspecError:
        raise Failure(f"the desk answered {response.status_code} without a reason: see its log") from None
    missing = "".join(f"\n  {m.gate} ({m.owner}): {m.remedy}" for m in problem.missing)
    missing += "".join(f"\n  {e.field}: {e.detail}: {e.remedy}" for e in problem.errors[1:])
    parts = (problem.title, problem.detail, problem.remedy)
    said = dict.fromkeys(part.rstrip(".") for part in parts if part)
    raise Failure(". ".join(said) + "." + missing, problem.code)


def shaped(response: httpx.Response, shape: type[T]) -> T:
    """The body of a success; a Failure names the field that has another shape than this command line reads."""
    try:
        return msgspec.json.decode(response.content, type=shape)
    except msgspec.MsgspecError as error:
        said = f"the answer to {response.request.url.path} is not understood: {error}"
        raise Failure(f"{said}; use the command line of the desk's release") from error


def _items(page: Page[T]) -> Sequence[T]:
    for problem in page.unreadable or ():
        warn_unreadable(problem)
    return page.items


def _lines(response: httpx.Response) -> Iterator[bytes]:
    """The lines of an export; lines about unreadable rows go to standard error."""
    for line in _split(response):
        if line.startswith(UNREADABLE):
            warn_unreadable(msgspec.json.decode(line, type=UnreadableLine).unreadable)
        else:
            yield line


def _split(response: httpx.Response) -> Iterator[bytes]:
    remaining = b""
    for chunk in response.iter_bytes():
        *whole, remaining = (remaining + chunk).split(b"\n")
        yield from (line for line in whole if line)
    if remaining:
        yield remaining
