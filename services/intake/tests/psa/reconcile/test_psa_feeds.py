"""Feeds of a round are independent: if one is refused, missing or broken, the others go on and it is reported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from desk.contract.event import Stream
from desk_deploy.testing.psa_bench import Bench, bench
from desk_deploy.testing.simulated_psa import BASE
from desk_intake.psa.reconcile.feed_names import PARTS, feeds_of
from desk_integrations.polling.feed_status import overdue_feeds
from desk_triage.main import TRIAGE

from ...psa_cases import query, subject_facts

pytestmark = pytest.mark.postgres
POLLING = {"callback_url": None}
HOOKED = {"callback_url": BASE}


def failing(desk: Bench) -> dict[str, tuple[str, int | None]]:
    """Operation and status by the feed that fails."""
    rows = query(desk, "SELECT feed, operation, status FROM psa_feeds WHERE failing IS NOT NULL")
    return {feed: (operation, status) for feed, operation, status in rows}


def asked(desk: Bench, path: str = "") -> list[str]:
    """Paths that were read, optionally only one path."""
    paths = [call.path for call in desk.psa.ledger.find("GET")]
    return [one for one in paths if path in ("", one)]


async def changed_in_the_psa(desk: Bench) -> int:
    """A ticket with a time entry that no callback reports."""
    number = desk.open_ticket()
    desk.clock.advance(60)
    desk.jdoe.set_status(number, "open")
    desk.jdoe.add_time(number, "2026-01-15T13:30:00Z", "2026-01-15T14:00:00Z", "Looked at it")
    return number


@pytest.mark.parametrize(
    ("answer", "path", "feed", "status"),
    [
        ("forbidden", "finance/agreements*", "agreements", 403),
        ("forbidden", "company/contacts*", "contacts", 403),
        ("forbidden", "company/configurations*", "configurations", 403),
        ("forbidden", "company/companies", "companies", 403),
        ("forbidden", "system/members*", "members", 403),
        ("forbidden", "time/entries*", "time", 403),
        ("forbidden", "system/callbacks*", "hooks", 403),
        ("no-endpoint", "service/tickets/changelogs", "changelog", 404),
        ("router", "finance/agreements*", "agreements", 400),
        ("login-page", "company/configurations*", "configurations", 302),
        ("conflict", "company/companies", "companies", 409),
        ("html", "company/contacts", "contacts", None),
        ("cut", "system/members", "members", None),
        ("null", "company/configurations", "configurations", None),
    ],
)
async def test_a_part_that_fails_leaves_the_others_whole(
    database: str, answer: str, path: str, feed: str, status: int | None
) -> None:
    async with bench(database, TRIAGE, hooks=False, config=HOOKED) as desk:
        desk.psa.faults.change({"callbacks_lost": 1.0})
        await desk.poller.round(sweep=False)
        desk.psa.faults.scripts.answer(answer, path=path)
        number = await changed_in_the_psa(desk)
        for _ in range(3):
            await desk.poller.round(sweep=True)
        ticket = await desk.ticket(number)
        assert ticket.intake.exists
        assert bool(ticket.intake.times) == (feed != "time")
        assert {name: code for name, (_, code) in failing(desk).items()} == {feed: status}
        events = await subject_facts(desk, Stream.OPS, "intake")
        assert events.count("feed-interrupted") == 1
        desk.psa.faults.scripts.clear()
        await desk.poller.round(sweep=True)
        assert failing(desk) == {}
        events = await subject_facts(desk, Stream.OPS, "intake")
        assert (events.count("feed-interrupted"), events.count("feed-resumed")) == (1, 1)
        assert bool((await desk.ticket(number)).intake.times)


async def test_the_statuses_of_one_board_touch_that_board_only(database: str) -> None:
    async with bench(database, TRIAGE, hooks=False, config=POLLING) as desk:
        await desk.poller.round(sweep=False)
        first = desk.open_ticket()
        await desk.poller.round(sweep=False)
        board = desk.psa.state.table("ticket")._rows[first]["board"]["id"]
        desk.psa.faults.scripts.answer("forbidden", path=f"service/boards/{board}/statuses")
        desk.psa_instance.access.connection._statuses.clear()
        desk.clock.advance(60)
        desk.jdoe.set_status(first, "open")
        second = desk.open_ticket("another")
        await desk.poller.round(sweep=False)
        assert (await desk.ticket(second)).intake.exists
        assert (await desk.ticket(first)).intake.observed > 1
        assert failing(desk) == {
            f"board-{board}-statuses": (f"GET /service/boards/{board}/statuses", 403),
        }


async def test_an_endpoint_that_never_existed_is_no_condition_of_the_first_round(database: str) -> None:
    async with bench(database, hooks=False, config=POLLING) as desk:
        desk.psa.faults.scripts.answer("no-endpoint", path="service/tickets/changelogs*")
        number = desk.open_ticket()
        await desk.poller.round(sweep=True)
        assert (await desk.ticket(number)).intake.exists


async def test_states_between_two_rounds_are_recorded_although_the_psa_was_empty_at_the_first(database: str) -> None:
    async with bench(database, hooks=False, config=POLLING) as desk:
        await desk.poller.round(sweep=False)
        number = desk.open_ticket()
        for status in ("open", "waiting-client", "open"):
            desk.clock.advance()
            desk.jdoe.set_status(number, status)
        await desk.poller.round(sweep=False)
        changes = [event.data.changed.get("status") for event in await desk.facts(number, "psa-observed")]
        seen = [change.after for change in changes if change]
        assert len(seen) == 4
        assert seen[1] == seen[3] != seen[2]


async def test_a_part_that_fails_pauses_in_rounds_by_themselves_and_not_in_one_that_is_asked_for(database: str) -> None:
    async with bench(database, hooks=False, config=POLLING) as desk:
        desk.psa.faults.scripts.answer("forbidden", path="finance/agreements")
        for _ in range(3):
            await desk.poller.round(sweep=False, skip_paused=True)
        assert len(asked(desk, "finance/agreements")) == 1
        await desk.poller.round(sweep=False)
        assert len(asked(desk, "finance/agreements")) == 2


async def test_tickets_come_before_the_directory_and_the_contacts_come_from_their_list(database: str) -> None:
    async with bench(database, hooks=False, config=POLLING) as desk:
        desk.open_ticket()
        await desk.poller.round(sweep=False)
        paths = asked(desk)
        assert paths.index("service/tickets") < paths.index("company/contacts")
        assert [path for path in paths if path.startswith("company/contacts/")] == [
            "company/contacts/611",
            "company/contacts/611/communications",
        ]
        people = query(desk, "SELECT count(*) FROM psa_feeds WHERE feed = 'contacts' AND turned IS NOT NULL")
        assert people == [(1,)]


async def test_a_hiccup_in_a_long_list_does_not_begin_it_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(database, hooks=False, config=POLLING) as desk:
        client = desk.psa_instance.access.connection.psa.client
        monkeypatch.setattr(client._session, "settings", _small_pages(client._session.settings))
        seen: list[int] = []
        listed = desk.psa_instance.people.listed

        async def noted(found: Any) -> int:
            seen.append(int(found.record))
            if len(seen) == 7:
                desk.psa.faults.scripts.answer("server-error", path="company/contacts", times=20)
            result: int = await listed(found)
            return result

        monkeypatch.setattr(desk.psa_instance.people, "listed", noted)
        await desk.poller.round(sweep=False)
        assert "contacts" in failing(desk)
        desk.psa.faults.reset()
        before = list(seen)
        await desk.poller.round(sweep=False)
        assert sorted(seen) == sorted({*seen})
        assert min(seen[len(before) :]) > max(before)
        assert failing(desk) == {}


def _small_pages(settings: Any) -> Any:
    return replace(settings, page_size=4)


@pytest.mark.parametrize("skew", [600, -600, 86_400])
async def test_a_date_header_that_jumps_loses_nothing(database: str, skew: float) -> None:
    async with bench(database, TRIAGE, hooks=False, config={**POLLING, "overlap": 20}) as desk:
        number = desk.open_ticket()
        desk.psa.faults.change({"date_skew_seconds": skew})
        await desk.poller.round(sweep=False)
        desk.psa.faults.change({"date_skew_seconds": 0})
        for minute in range(3):
            desk.clock.advance(60)
            entry = desk.jdoe.add_time(number, f"2026-01-15T1{minute}:00:00Z", f"2026-01-15T1{minute}:30:00Z", "Worked")
            desk.psa.technician("jdoe").change_summary(number, f"VPN down {minute}")
            await desk.poller.round(sweep=False)
            ticket = await desk.ticket(number)
            assert str(entry["id"]) in ticket.intake.times
            assert ticket.intake.observed >= 2 + minute


async def test_a_cursor_ahead_of_our_clock_goes_back(database: str) -> None:
    async with bench(database, hooks=False, config=POLLING) as desk:
        await desk.poller.round(sweep=False)
        query(desk, "UPDATE psa_cursors SET at = now() + interval '2 days' WHERE at IS NOT NULL RETURNING 1")
        await desk.poller.round(sweep=False)
        assert query(desk, "SELECT feed FROM psa_cursors WHERE at > now()") == []


async def test_status_names_each_feed_its_age_and_what_fails(database: str) -> None:
    async with bench(database, hooks=False, config={**POLLING, "stale_after": 60}) as desk:
        desk.psa.faults.scripts.answer("forbidden", path="finance/agreements*")
        await desk.poller.round(sweep=True)
        detail: Any = desk.intake.service.details["psa"]()
        rows = {row.feed: row for row in detail[0].feeds}
        assert set(rows) == set(PARTS)
        assert rows["tickets"].turned is not None
        assert rows["tickets"].age < 60
        assert rows["agreements"].turned is None
        assert rows["agreements"].operation == "GET /finance/agreements"
        assert rows["agreements"].status == 403
        check = desk.intake.service.ready_checks["psa"]
        assert await check() is None
        query(
            desk, "UPDATE psa_feeds SET began = now() - interval '90 s', turned = turned - interval '90 s' RETURNING 1"
        )
        assert await check() is None, "a process that has just started has the whole limit for its first turn"
        desk.gateway._since -= 120
        reason = await check() or ""
        assert "cw tickets: 9" in reason
        assert "cw agreements: 9" in reason
        assert "refused with 403 Security" in reason
        assert "sweep" not in reason
        await desk.poller.measure()
        rendered = desk.intake.service.metrics.render().decode()
        assert 'desk_feed_failing{feed="agreements",instance="cw"} 1.0' in rendered
        assert 'desk_feed_failing{feed="tickets",instance="cw"} 0.0' in rendered
        assert 'desk_feed_age_seconds{feed="tickets",instance="cw"} 9' in rendered


async def test_a_feed_that_is_skipped_is_neither_read_nor_missed(database: str) -> None:
    async with bench(database, hooks=False, config={**POLLING, "skip": ["agreements", "changelog"]}) as desk:
        desk.psa.faults.scripts.answer("forbidden", path="finance/agreements*")
        await desk.poller.round(sweep=True)
        found = await desk.psa_instance.access.query(lambda cursor: feeds_of(cursor, desk.psa_instance.access.config))
        assert {row.feed for row in found.feeds} == set(PARTS) - {"agreements", "changelog"}
        assert overdue_feeds(found, 1e9) == []
