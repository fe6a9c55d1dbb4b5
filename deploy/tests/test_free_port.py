"""Ports for servers that start later."""

import secrets

import pytest

from desk_deploy.up import process


def test_a_port_is_given_once_although_nobody_listens_on_it_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([4_000, 4_000, 4_001, 4_002, 4_003, 4_004])
    monkeypatch.setattr(process, "_given", set())
    monkeypatch.setattr(secrets, "randbelow", lambda _span: next(drawn))
    first, second = process.free_port(), process.free_port()
    assert first != second
