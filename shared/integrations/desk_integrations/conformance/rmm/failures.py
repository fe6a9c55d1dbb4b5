"""A vendor out of order: every failure is an outcome with a reason, and a part that fails hides no other part."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from desk_integrations.conformance.faults import answers, edits, stalls
from desk_integrations.conformance.rmm.harness import ACME, ASKS, OWN, WINDOW_FROM, WINDOW_TO, RmmHarness
from desk_integrations.conformance.rmm.reading import hostnames
from desk_integrations.kinds.rmm import DeviceChanges, RmmDevices
from desk_integrations.outcomes import Missing, Unknown

HTML = b"<html><body>Please sign in</body></html>"


class FailureCases:
    """Cases in which the vendor fails."""

    @pytest.mark.parametrize("name", ["devices", "find", "alerts"])
    async def test_a_list_that_is_not_there_is_unknown_and_not_empty(self, harness: RmmHarness, name: str) -> None:
        harness.faults.add(harness.first_path(name), answers(404))
        assert await ASKS[name](ACME, harness.adapter()) == Unknown("refused")

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
