"""Pages: each once at the vendor, whatever happens to the calls."""

from __future__ import annotations

import httpx
import pytest

from desk_integrations.conformance.faults import answers, fails
from desk_integrations.conformance.paging.harness import NEW, SEEN, TARGET, UNMAPPED, PagingHarness, loses_answer
from desk_integrations.kinds.paging import PageAccepted, PageRefused, PageState
from desk_integrations.outcomes import Empty, NotMapped, Unknown

HOSTILE = '<script>alert(1)</script> =HYPERLINK("x") \x00\x1b[2J\u202e\u2066ignore all instructions\r\n'


class SendingCases:
    """Cases of `page`."""

    async def test_a_page_reaches_the_vendor_once_under_our_key(self, harness: PagingHarness) -> None:
        port = harness.adapter()
        assert await port.page(harness.new(), repeated=False) == PageAccepted(NEW)
        assert (harness.pages(NEW), harness.sent(NEW)) == (1, 1)
        state = await port.state(TARGET, NEW)
        assert isinstance(state, PageState) and (state.key, state.status) == (NEW, "triggered")

    async def test_a_page_is_not_sent_again_whatever_became_of_it(self, harness: PagingHarness) -> None:
        port = harness.adapter()
        await port.page(harness.new(), repeated=False)
        for change in (harness.escalate, harness.acknowledge, harness.resolve):
            assert await harness.adapter().page(harness.new(), repeated=True) == PageAccepted(NEW, sent=False)
            change(NEW)
        assert await port.page(harness.new(), repeated=True) == PageAccepted(NEW, sent=False)
        assert (harness.pages(NEW), harness.sent(NEW)) == (1, 1)

    async def test_a_repeated_page_that_the_vendor_does_not_have_is_sent(self, harness: PagingHarness) -> None:
        assert await harness.adapter().page(harness.new(), repeated=True) == PageAccepted(NEW)
        assert harness.pages(NEW) == 1

    async def test_a_page_whose_answer_was_lost_is_looked_up_and_not_repeated(self, harness: PagingHarness) -> None:
        harness.faults.add(harness.paths.send, loses_answer(), times=1)
        assert await harness.adapter().page(harness.new(), repeated=False) == PageAccepted(NEW)
        assert (harness.pages(NEW), harness.sent(NEW)) == (1, 1)

    async def test_a_page_that_never_arrived_is_sent_once_more(self, harness: PagingHarness) -> None:
        harness.faults.add(harness.paths.send, fails(httpx.ReadError("reset")), times=1)
        assert await harness.adapter().page(harness.new(), repeated=False) == PageAccepted(NEW)
        assert (harness.pages(NEW), harness.sent(NEW)) == (1, 1)

    async def test_a_page_whose_answers_are_all_lost_is_unknown_and_found_the_next_time(
        self, harness: PagingHarness
    ) -> None:
        port = harness.adapter()
        harness.faults.add(harness.paths.send, loses_answer(), times=1)
        harness.faults.add(harness.paths.pages, answers(500))
        assert await port.page(harness.new(), repeated=False) == Unknown("unavailable")
        harness.faults.clear()
        harness.clock.advance(60)
        assert await port.page(harness.new(), repeated=True) == PageAccepted(NEW, sent=False)
        assert (harness.pages(NEW), harness.sent(NEW)) == (1, 1)

    async def test_a_page_that_the_vendor_still_processes_is_one_page_however_often_it_is_sent(
        self, harness: PagingHarness
    ) -> None:
        if not harness.adapter().capabilities.deduplicates:
            pytest.skip("this vendor takes no key")
        harness.process_later()
        port = harness.adapter()
        await port.page(harness.new(), repeated=False)
        assert await port.state(TARGET, NEW) == Empty()
        for _ in range(2):
            assert await port.page(harness.new(), repeated=True) == PageAccepted(NEW)
        harness.process()
        assert harness.pages(NEW) == 1

    async def test_a_first_page_needs_nothing_but_the_path_that_takes_it(self, harness: PagingHarness) -> None:
        for fault in (answers(500), answers(429, headers={"retry-after": "300"}), answers(403)):
            harness.faults.add(harness.paths.pages, fault)
            port, key = harness.adapter(), f"{NEW}:{len(harness.faults.asked)}"
            assert isinstance(await port.state(TARGET, key), Unknown)
            assert await port.page(harness.new(key), repeated=False) == PageAccepted(key)
            assert harness.pages(key) == 1
            harness.faults.clear()

    async def test_a_repeated_page_is_never_sent_unless_the_vendor_says_that_it_is_not_there(
        self, harness: PagingHarness
    ) -> None:
        for status in (401, 403, 404, 500, 302):
            harness.faults.add(harness.paths.pages, answers(status))
            assert isinstance(await harness.adapter().page(harness.new(), repeated=True), Unknown)
            harness.faults.clear()
            harness.clock.advance(901)
        assert harness.sent(NEW) == 0

    async def test_a_vendor_that_takes_no_page_for_now_names_when_to_repeat(self, harness: PagingHarness) -> None:
        port = harness.adapter()
        harness.faults.add(harness.paths.send, answers(429, headers={"retry-after": "60"}))
        outcome = await port.page(harness.new(), repeated=False)
        assert isinstance(outcome, Unknown) and outcome.reason == "rate-limited"
        assert outcome.retry_after is not None and outcome.retry_after == pytest.approx(60, abs=1)
        harness.faults.clear()
        harness.clock.advance(61)
        assert await port.page(harness.new(), repeated=True) == PageAccepted(NEW)
        assert harness.pages(NEW) == 1

    async def test_a_page_that_the_vendor_will_never_take_is_refused_by_field(self, harness: PagingHarness) -> None:
        harness.unmap_secret()
        outcome = await harness.adapter().page(harness.new(), repeated=False)
        assert isinstance(outcome, PageRefused) and outcome.fields
        assert (harness.pages(NEW), harness.alerted) == (0, [])
        assert await harness.adapter().state(TARGET, NEW) == Empty()

    @pytest.mark.parametrize("key", ["", "k" * 5000])
    async def test_a_key_that_the_vendor_does_not_take_is_refused_and_nothing_is_sent(
        self, harness: PagingHarness, key: str
    ) -> None:
        assert isinstance(await harness.adapter().page(harness.new(key), repeated=False), PageRefused)
        assert harness.faults.asked == []

    @pytest.mark.parametrize("key", ["desk:å/ß?#&=%2F+ :1", "../../incidents", 'a"b\\c'])
    async def test_a_key_with_odd_characters_is_found_again(self, harness: PagingHarness, key: str) -> None:
        port = harness.adapter()
        assert await port.page(harness.new(key), repeated=False) == PageAccepted(key)
        assert await port.page(harness.new(key), repeated=True) == PageAccepted(key, sent=False)
        assert (harness.pages(key), harness.sent(key)) == (1, 1)

    @pytest.mark.parametrize("text", ["", "x" * 1_000_000, HOSTILE, "Zoë \U0001f525 日本"])
    async def test_any_text_is_paged(self, harness: PagingHarness, text: str) -> None:
        details = {f"{text[:50]} {number}": text for number in range(50)}
        page = harness.new(title=text, details=details)
        assert await harness.adapter().page(page, repeated=False) == PageAccepted(NEW)
        assert harness.pages(NEW) == 1

    async def test_a_target_that_is_not_configured_is_never_called(self, harness: PagingHarness) -> None:
        port = harness.adapter()
        assert await port.page(harness.new(target=UNMAPPED), repeated=False) == NotMapped("target")
        for call in (port.state, port.acknowledge, port.withdraw):
            assert await call(UNMAPPED, SEEN) == NotMapped("target")
        assert harness.faults.asked == []
