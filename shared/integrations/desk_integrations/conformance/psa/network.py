"""The network between an adapter and its vendor: every failure is the error that says what to do next."""

from __future__ import annotations

import logging
from abc import abstractmethod
from typing import ClassVar

import httpx
import pytest
from structlog.testing import capture_logs

from desk_integrations.conformance.faults import FaultTransport, answers, cuts, fails
from desk_integrations.conformance.psa.harness import PsaHarness
from desk_integrations.conformance.psa.writing import WRITES
from desk_integrations.kinds.psa import PsaTicket
from desk_integrations.vendor_errors import (
    OutcomeUnknown,
    RecordGone,
    VendorAnswerInvalid,
    VendorError,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)

HTML = b"<html><body>Please sign in, Pat Doe</body></html>"
BREAKER_FAILURES = 10


class HttpPsaHarness(PsaHarness):
    """A harness whose PSA is reached over HTTP. `path` matches requests for one ticket and its notes."""

    faults: FaultTransport
    path: ClassVar[str]

    @abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """Everything that may stand in no log and no error."""


class NetworkCases:
    """Cases of adapters over HTTP."""

    @pytest.mark.parametrize(
        ("status", "body", "error"),
        [
            (500, b"", VendorUnavailable),
            (502, HTML, VendorUnavailable),
            (302, HTML, VendorRefused),
            (401, b"{}", VendorRefused),
            (403, b"{}", VendorRefused),
            (404, b"{}", RecordGone),
            (409, b"{}", VendorRefused),
            (429, b"", VendorRateLimited),
            (200, HTML, VendorAnswerInvalid),
            (200, b"", VendorAnswerInvalid),
            (200, b"null", VendorAnswerInvalid),
            (200, b"[" * 50_000, VendorAnswerInvalid),
        ],
    )
    async def test_a_read_out_of_order_raises_the_error_of_its_status(
        self, harness: HttpPsaHarness, status: int, body: bytes, error: type[VendorError]
    ) -> None:
        record = harness.open_ticket()
        harness.faults.add(harness.path, answers(status, body, {"location": "https://login.example/"}))
        with pytest.raises(VendorError) as found:
            await harness.read(record)
        assert type(found.value) is error
        assert found.value.status in (status, None) and (status >= 300) == (found.value.status is not None)
        assert "Pat Doe" not in str(found.value)
        assert not (isinstance(found.value, VendorRefused) and found.value.final)

    @pytest.mark.parametrize(("status", "credentials"), [(401, True), (403, True), (409, False)])
    async def test_refused_credentials_are_distinguished_from_other_refusals(
        self, harness: HttpPsaHarness, status: int, credentials: bool
    ) -> None:
        harness.faults.add(harness.path, answers(status, b"{}"))
        with pytest.raises(VendorRefused) as found:
            await harness.read(harness.open_ticket())
        assert found.value.credentials is credentials

    async def test_a_read_that_fails_once_is_tried_again(self, harness: HttpPsaHarness) -> None:
        record = harness.open_ticket()
        for fault in (fails(httpx.ReadError("reset")), cuts(), answers(503)):
            harness.faults.add(harness.path, fault, times=1)
            assert isinstance(await harness.read(record), PsaTicket)

    async def test_a_list_that_breaks_off_raises_and_does_not_end(self, harness: HttpPsaHarness) -> None:
        harness.open_ticket()
        harness.faults.add("", answers(500))
        with pytest.raises(VendorUnavailable):
            [ticket async for ticket in harness.psa.tickets()]

    @pytest.mark.parametrize("write", ["patch_ticket", "add_note"])
    async def test_a_write_whose_answer_breaks_off_is_unknown(self, harness: HttpPsaHarness, write: str) -> None:
        record = harness.open_ticket()
        harness.faults.add(harness.path, cuts(), times=1)
        with pytest.raises(OutcomeUnknown):
            await WRITES[write](harness, record)  # type: ignore[index]

    @pytest.mark.parametrize(
        "headers",
        [
            {"retry-after": "60"},
            {"retry-after": "Thu, 15 Jan 2026 14:01:00 GMT", "date": "Thu, 15 Jan 2026 14:00:00 GMT"},
        ],
    )
    async def test_a_429_names_the_seconds_in_every_form(
        self, harness: HttpPsaHarness, headers: dict[str, str]
    ) -> None:
        record = harness.open_ticket()
        harness.faults.add(harness.path, answers(429, headers=headers), times=1)
        with pytest.raises(VendorRateLimited) as found:
            await harness.read(record)
        assert found.value.retry_after == pytest.approx(60, abs=1)
        harness.clock.advance(61)
        assert isinstance(await harness.read(record), PsaTicket)

    async def test_a_vendor_that_is_down_is_left_alone_and_asked_again_later(self, harness: HttpPsaHarness) -> None:
        record = harness.open_ticket()
        harness.faults.add("", fails(httpx.ConnectError("refused")))
        for _ in range(BREAKER_FAILURES):
            with pytest.raises(VendorUnavailable):
                await harness.read(record)
        asked = len(harness.faults.asked)
        with pytest.raises(VendorUnavailable):
            await harness.read(record)
        assert len(harness.faults.asked) == asked
        harness.faults.clear()
        harness.clock.advance(120)
        assert isinstance(await harness.read(record), PsaTicket)

    async def test_nothing_personal_and_no_secret_is_logged_or_part_of_an_error(
        self, harness: HttpPsaHarness, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING)
        record, texts = harness.open_ticket("Pat Doe cannot log on"), []
        with capture_logs() as logs:
            for fault in (
                answers(500, b"Pat Doe"),
                answers(400, b'{"message": "Pat Doe"}'),
                answers(200, b'"Pat Doe"'),
            ):
                harness.faults.clear()
                harness.faults.add(harness.path, fault)
                with pytest.raises(VendorError) as found:
                    await harness.read(record)
                texts.append(str(found.value))
        written = f"{logs} {caplog.text} {texts}"
        assert not [word for word in ("Pat Doe", *harness.secrets()) if word in written]
