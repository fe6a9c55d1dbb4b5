"""Gaps are filled over HTTP: bytes as stored, requested with a service's token; a peer that does not answer is asked
later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desk.decision.principal import Role
from desk.http.auth.issuer import DevelopmentIssuer
from desk.http.reads.peer_client import HttpPeers, PeerAway, service_tokens
from desk.inbox.ports import Fetched
from desk.signing.signature import parse

ISSUER = DevelopmentIssuer(Ed25519PrivateKey.generate(), "test", "deskstream")
Answer = Callable[[httpx.Request], httpx.Response]


@contextmanager
def peers(answer: Answer) -> Iterator[HttpPeers]:
    addresses = {"triage": "http://triage:8700"}
    found = HttpPeers(addresses, service_tokens(ISSUER, "sla"), httpx.MockTransport(answer))
    yield found
    found.close()


def test_facts_come_as_they_are_stored() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=b'[{"b": 1,  "a":2},{"c":[1]}]')

    with peers(answer) as given:
        fetched = given.after("triage", "tickets", "a/b c", 7)
    assert fetched == [Fetched(b'{"b": 1,  "a":2}'), Fetched(b'{"c":[1]}')]
    (request,) = asked
    assert str(request.url) == "http://triage:8700/facts/desk.tickets.v1/a%2Fb%20c?after=7"
    caller = ISSUER.verifier().verify(request.headers["authorization"].removeprefix("Bearer "))
    assert (caller.subject, list(caller.roles)) == ("sla", [Role.SERVICE])


@pytest.mark.parametrize("value", ["139e3940e64b5491:" + "A" * 86 + "==", "no signature"])
def test_the_last_fact_comes_with_the_signature_of_its_owner(value: str) -> None:
    answer = httpx.Response(200, content=b'[{"a":1},{"b":2}]', headers={"Desk-Signature": value})
    with peers(lambda _request: answer) as given:
        first, last = given.after("triage", "tickets", "t", 0)
    assert (first.signature, last.signature) == (None, parse(value.encode()))


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(503), httpx.Response(403), httpx.Response(200, content=b"<html>"), httpx.ConnectError("x")],
)
def test_a_peer_that_cannot_answer_is_away(answer: httpx.Response | Exception) -> None:
    def respond(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with peers(respond) as given, pytest.raises(PeerAway, match="triage"):
        given.after("triage", "tickets", "t", 0)


def test_a_peer_without_address_is_named() -> None:
    with (
        peers(lambda _request: httpx.Response(200)) as given,
        pytest.raises(PeerAway, match="DESK_PEERS names no address of docs"),
    ):
        given.after("docs", "tickets", "t", 0)
