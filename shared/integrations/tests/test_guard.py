"""The guard: every error becomes an outcome, also errors of ours and of our database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from desk_connectors.http import (
    OutcomeUnknown,
    RecordGone,
    VendorAnswerInvalid,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)
from desk_connectors.http.credentials import CredentialsRefused
from desk_connectors.testing import FakeClock
from desk_integrations.guard import Guard
from desk_integrations.instances.credential_state import LocalCredentialState
from desk_integrations.instances.credentials import CredentialsMissing
from desk_integrations.outcomes import Empty, Outcome, Unknown

SECRETS = ("client", "secret")


def failing(error: Exception) -> Callable[[], Awaitable[Outcome[int]]]:
    async def work() -> Outcome[int]:
        raise error

    return work


async def seven() -> Outcome[int]:
    return 7


def guard(state: Any = None, **changes: Any) -> Guard:
    given: dict[str, Any] = {"deadline": 0.1, "secrets": lambda: SECRETS, **changes}
    return Guard("ninja", state=state or LocalCredentialState(FakeClock()), **given)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (VendorUnavailable("v", "GET /", "down", retry_after=7.0), Unknown("unavailable", 7.0)),
        (VendorRateLimited("v", "GET /", 9.0), Unknown("rate-limited", 9.0)),
        (OutcomeUnknown("v", "POST /", "lost"), Unknown("unavailable")),
        (VendorAnswerInvalid("v", "Device", "id", "missing"), Unknown("schema-drift")),
        (RecordGone("v", "GET /", "gone"), Unknown("refused")),
        (VendorRefused("v", "GET /", status=403), Unknown("forbidden")),
        (VendorRefused("v", "GET /", status=400), Unknown("refused")),
        (VendorRefused("v", "GET /", status=400, code="not JSON"), Unknown("unavailable")),
        (VendorRefused("v", "GET /", status=302), Unknown("unavailable")),
        (CredentialsMissing("client_id: not set"), Unknown("credentials-missing")),
        (TimeoutError(), Unknown("timeout")),
        (ZeroDivisionError("a.khan"), Unknown("fault")),
    ],
)
async def test_every_error_has_an_outcome(error: Exception, outcome: Unknown) -> None:
    assert await guard().run(failing(error)) == outcome


async def test_an_answer_passes_and_an_empty_one_too() -> None:
    async def nothing() -> Outcome[int]:
        return Empty()

    assert (await guard().run(seven), await guard().run(nothing)) == (7, Empty())


async def test_work_that_takes_longer_than_the_deadline_is_given_up() -> None:
    async def slow() -> Outcome[int]:
        await asyncio.sleep(3600)
        return 7

    assert await guard().run(slow) == Unknown("timeout")


async def test_a_caller_that_gives_up_is_not_answered() -> None:
    async def slow() -> Outcome[int]:
        await asyncio.sleep(3600)
        return 7

    task = asyncio.create_task(guard(deadline=3600).run(slow))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class BrokenState(LocalCredentialState):
    """A database that does not answer when a refusal is recorded."""

    async def mark(self, instance: str, fingerprint: str) -> bool:
        raise ConnectionError("database is away")


async def test_a_refusal_that_cannot_be_recorded_is_still_an_outcome() -> None:
    refused = CredentialsRefused("v", "POST /token", status=401)
    assert await guard(BrokenState(FakeClock())).run(failing(refused)) == Unknown("credentials-refused")


async def test_an_alert_that_fails_is_still_an_outcome_and_the_state_is_kept() -> None:
    async def alert(instance: str) -> None:
        raise RuntimeError(instance)

    state = LocalCredentialState(FakeClock())
    refused = CredentialsRefused("v", "POST /token", status=401)
    assert await guard(state, alert=alert).run(failing(refused)) == Unknown("credentials-refused")
    assert await guard(state).run(seven) == Unknown("credentials-refused", 900.0)


async def test_a_success_with_new_credentials_ends_the_state() -> None:
    state, secrets = LocalCredentialState(FakeClock()), ["old"]
    guarded = guard(state, secrets=lambda: (secrets[0],))
    await guarded.run(failing(CredentialsRefused("v", "POST /token", status=401)))
    secrets[0] = "new"
    assert await guarded.run(seven) == 7
    assert state._refused == {}


async def test_credentials_that_were_rotated_in_during_the_refused_call_are_tried() -> None:
    secrets = ["old"]
    guarded = guard(secrets=lambda: (secrets[0],))

    async def rotated_meanwhile() -> Outcome[int]:
        secrets[0] = "new"
        raise CredentialsRefused("v", "POST /token", status=401)

    assert await guarded.run(rotated_meanwhile) == Unknown("credentials-refused")
    assert await guarded.run(seven) == 7


async def test_an_alert_that_hangs_is_given_up_at_the_deadline() -> None:
    async def alert(instance: str) -> None:
        await asyncio.sleep(3600)

    refused = CredentialsRefused("v", "POST /token", status=401)
    assert await guard(alert=alert).run(failing(refused)) == Unknown("timeout")
