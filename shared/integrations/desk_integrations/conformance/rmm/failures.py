"""A vendor out of order: every failure is an outcome with a reason, and a part that fails hides no other part."""

from __future__ import annotations

import asyncio
from typing import Literal

import httpx
import pytest

from desk_integrations.conformance.faults import answers, cuts, edits, fails, stalls
from desk_integrations.conformance.rmm.asks import ASKS, ask, first_path
from desk_integrations.conformance.rmm.harness import ACME, OWN, WINDOW_FROM, WINDOW_TO, RmmHarness
from desk_integrations.conformance.rmm.reading import hostnames
from desk_integrations.kinds.rmm import DeviceChanges, RmmDevices
from desk_integrations.outcomes import Missing, Unknown

HTML = b"<html><body>Please sign in</body></html>"


class FailureCases:
    """Cases in which the vendor fails."""

    @pytest.mark.parametrize("name", ASKS)
    @pytest.mark.parametrize(
        ("status", "body", "reasons"),
        [
            (500, b"", {"unavailable"}),
            (502, HTML, {"unavailable"}),
            (302, b"", {"unavailable"}),
            (403, b"", {"forbidden"}),
            (409, b"", {"refused"}),
            (200, HTML, {"schema-drift"}),
            (200, b"", {"schema-drift"}),
            (200, b"null", {"schema-drift"}),
            (200, b"[" * 50_000, {"schema-drift"}),
        ],
    )
    async def test_a_status_or_body_out_of_order_is_unknown_with_its_reason(
        self, harness: RmmHarness, name: str, status: int, body: bytes, reasons: set[str]
    ) -> None:
        harness.faults.add(
            first_path(name, harness.paths), answers(status, body, {"location": "https://login.example/"})
        )
        outcome = await ask(name, harness.adapter())
        assert isinstance(outcome, Unknown) and outcome.reason in reasons

    @pytest.mark.parametrize("name", ASKS)
    async def test_an_error_body_with_status_200_is_never_an_answer(self, harness: RmmHarness, name: str) -> None:
        harness.faults.add(first_path(name, harness.paths), answers(200, harness.error_body))
        assert await ask(name, harness.adapter()) == Unknown("refused")

    @pytest.mark.parametrize("name", ["devices", "find", "alerts"])
    async def test_a_list_that_is_not_there_is_unknown_and_not_empty(self, harness: RmmHarness, name: str) -> None:
        harness.faults.add(first_path(name, harness.paths), answers(404))
        assert await ask(name, harness.adapter()) == Unknown("refused")

    @pytest.mark.parametrize("name", ASKS)
    async def test_a_cut_answer_is_unknown(self, harness: RmmHarness, name: str) -> None:
        harness.faults.add(first_path(name, harness.paths), cuts())
        assert await ask(name, harness.adapter()) == Unknown("unavailable")

    @pytest.mark.parametrize("name", ASKS)
    async def test_a_read_that_fails_once_is_tried_again(self, harness: RmmHarness, name: str) -> None:
        harness.faults.add(first_path(name, harness.paths), fails(httpx.ReadError("reset")), times=1)
        assert not isinstance(await ask(name, harness.adapter()), Unknown)

    @pytest.mark.parametrize("name", ASKS)
    async def test_a_vendor_that_does_not_answer_is_given_up_at_the_deadline(
        self, harness: RmmHarness, name: str
    ) -> None:
        harness.faults.add(first_path(name, harness.paths), stalls())
        async with asyncio.timeout(5):
            outcome = await ask(name, harness.adapter(deadline=0.2))
        assert isinstance(outcome, Unknown) and outcome.reason in ("timeout", "unavailable")

    async def test_a_part_that_does_not_answer_is_named_and_the_others_are_kept(self, harness: RmmHarness) -> None:
        harness.faults.add(harness.paths.log, stalls())
        async with asyncio.timeout(5):
            outcome = await harness.adapter(deadline=1.0).changes(ACME, "d-1", WINDOW_FROM, WINDOW_TO)
        assert isinstance(outcome, DeviceChanges)
        assert [change.kind for change in outcome.changes] == ["patch"]
        assert {missing.part for missing in outcome.missing} >= {"install", "reboot"}

    async def test_a_record_type_that_is_forbidden_is_named_and_the_others_are_kept(self, harness: RmmHarness) -> None:
        harness.faults.add(harness.paths.patches, answers(403))
        outcome = await harness.adapter().changes(ACME, "d-1", WINDOW_FROM, WINDOW_TO)
        assert isinstance(outcome, DeviceChanges)
        assert outcome.missing == (Missing("patch", "forbidden"),)
        assert outcome.unreported == (*outcome.unavailable, "patch")
        assert {"install", "reboot"} <= {change.kind for change in outcome.changes}

    async def test_changes_of_which_no_part_was_answered_are_unknown(self, harness: RmmHarness) -> None:
        for path in (harness.paths.patches, harness.paths.log):
            harness.faults.add(path, answers(403))
        assert await harness.adapter().changes(ACME, "d-1", WINDOW_FROM, WINDOW_TO) == Unknown("forbidden")

    @pytest.mark.parametrize("kind", ["extra", "null"])
    async def test_a_field_that_is_new_or_null_changes_nothing(
        self, harness: RmmHarness, kind: Literal["extra", "null"]
    ) -> None:
        harness.faults.add(harness.paths.devices, edits(harness.drift(kind)))
        assert hostnames(await harness.adapter().devices(ACME)) == sorted(seed.hostname for seed in OWN)

    @pytest.mark.parametrize("kind", ["missing", "type"])
    async def test_a_row_that_cannot_be_read_is_left_out_and_counted(
        self, harness: RmmHarness, kind: Literal["missing", "type"]
    ) -> None:
        harness.faults.add(harness.paths.devices, edits(harness.drift(kind)), times=1)
        outcome = await harness.adapter().devices(ACME)
        assert isinstance(outcome, RmmDevices)
        assert (len(outcome.devices), outcome.missing) == (len(OWN) - 1, (Missing("devices", "unreadable", rows=1),))

    async def test_a_vendor_that_is_down_is_left_alone_and_asked_again_later(self, harness: RmmHarness) -> None:
        harness.faults.add("", fails(httpx.ConnectError("refused")))
        rmm = harness.adapter()
        for _ in range(5):
            outcome = await rmm.devices(ACME)
            assert isinstance(outcome, Unknown) and outcome.reason == "unavailable"
        asked = len(harness.faults.asked)
        open_now = await rmm.devices(ACME)
        assert isinstance(open_now, Unknown) and open_now.retry_after is not None
        assert len(harness.faults.asked) <= asked + 1
        harness.faults.clear()
        harness.clock.advance(60)
        assert isinstance(await rmm.devices(ACME), RmmDevices)
