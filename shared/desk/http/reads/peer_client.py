"""Fetches facts from other services over HTTP, to fill gaps where each service has a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import quote

import httpx
import msgspec

from desk.contract.event import Stream
from desk.decision.principal import Role
from desk.eventstore.errors import LogError
from desk.http.auth.issuer import DevelopmentIssuer
from desk.http.reads.ticket_reads import FACTS_SIGNATURE
from desk.inbox.ports import Fetched
from desk.signing.signature import parse

PATIENCE = httpx.Timeout(10.0, connect=2.0)
TOKEN_LIFE = timedelta(minutes=5)


class _Digest(msgspec.Struct):
    aggregate: str
    vector: dict[str, int]


_DIGEST = msgspec.json.Decoder(_Digest)
_FACTS = msgspec.json.Decoder(list[msgspec.Raw])


class PeerAway(LogError):
    """A peer does not answer; it is asked again later."""


class HttpPeers:
    """Implements `PeerFacts`. `addresses`: owner -> base URL of its service. One thread at a time."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        token: Callable[[], str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._addresses, self._token = addresses, token
        self._client = httpx.Client(timeout=PATIENCE, transport=transport)

    def after(self, owner: str, stream: str, subject: str, ownerseq: int) -> list[Fetched]:
        """The owner's facts on the aggregate after `ownerseq`, in order, as stored; the last
        with its signature. PeerAway when it cannot answer."""
        if owner not in self._addresses:
            raise PeerAway(f"DESK_PEERS names no address of {owner}")
        path = f"/facts/{Stream(stream).topic}/{quote(subject, safe='')}"
        headers = {"Authorization": f"Bearer {self._token()}"}
        try:
            answer = self._client.get(self._addresses[owner] + path, params={"after": ownerseq}, headers=headers)
            answer.raise_for_status()
            raws = [bytes(raw) for raw in _FACTS.decode(answer.content)]
            signature = answer.headers.get(FACTS_SIGNATURE)
            last = None if signature is None else parse(signature.encode())
            return [Fetched(raw, last if at == len(raws) else None) for at, raw in enumerate(raws, 1)]
        except (httpx.HTTPError, msgspec.DecodeError, UnicodeError) as error:
            raise PeerAway(f"{owner} does not answer ({type(error).__name__})") from error

    def lasts(self, owner: str) -> dict[str, int]:
        """Aggregate -> ownerseq of the owner's last fact on it, by its digests. PeerAway when it cannot answer."""
        if owner not in self._addresses:
            raise PeerAway(f"DESK_PEERS names no address of {owner}")
        headers = {"Authorization": f"Bearer {self._token()}"}
        found: dict[str, int] = {}
        try:
            with self._client.stream("GET", f"{self._addresses[owner]}/exports/digests", headers=headers) as answer:
                answer.raise_for_status()
                for line in filter(None, answer.iter_lines()):
                    row = _DIGEST.decode(line)
                    found[row.aggregate] = row.vector.get(owner, 0)
        except (httpx.HTTPError, msgspec.DecodeError, UnicodeError) as error:
            raise PeerAway(f"{owner} does not answer ({type(error).__name__})") from error
        return found

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def service_tokens(issuer: DevelopmentIssuer, service: str) -> Callable[[], str]:
    """Tokens that identify a service to its peers, each valid for a few minutes."""
    return lambda: issuer.issue([Role.SERVICE], ttl=TOKEN_LIFE, sub=service)
