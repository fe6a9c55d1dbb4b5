"""Policy `write-back` just before a write: changes since the call began count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from desk.contract.ticket.intake.conversation import NoteAdded
from desk_deploy.testing.psa_bench import Bench, bench
from desk_intake.psa.directory.people_reader import PeopleReader
from desk_intake.psa.write_back.would_write import LISTED
from desk_triage.main import TRIAGE

from ...psa_calls import by_phone, ours, record, reply, writes

pytestmark = pytest.mark.postgres


def withheld(desk: Bench) -> list[tuple[str, str | None]]:
    """(kind, board) of the list would-write."""
    store = desk.intake.service.log.store
    rows = store.execute(lambda cursor: LISTED.rows(cursor, {}, None, 100, None))
    return sorted((row.kind, row.board) for row in rows)


async def test_no_note_on_a_record_that_was_moved_and_not_read_yet(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        desk.permit({"default": "everything", "boards": {"2": "nothing"}}, "3")
        number = desk.open_ticket()
        await desk.settle()
        desk.psa.faults.change({"callbacks_lost": 1.0})
        desk.clock.advance()
        desk.jdoe.move_board(number, "Network")
        await record(desk.intake, ours(number), reply())
        await record(desk.intake, ours(number), NoteAdded(note="n1", internal=True, text="look"))
        await desk.until_called()
        assert writes(desk) == []
        assert withheld(desk) == [("psa-note", "2"), ("psa-note", "2")]


async def test_no_note_on_a_record_whose_client_was_changed_and_not_read_yet(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        desk.permit({"default": "everything", "clients": {"cw-c251": "nothing"}}, "3")
        number = desk.open_ticket()
        await desk.settle()
        desk.psa.faults.change({"callbacks_lost": 1.0})
        desk.clock.advance()
        desk.jdoe._set(number, company={"id": 251}, contact=None)
        await record(desk.intake, ours(number), reply())
        await desk.until_called()
        assert writes(desk) == []
        assert ("psa-note", "1") in withheld(desk)


async def test_no_record_is_created_once_the_policy_was_switched_off(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(database, TRIAGE) as desk:
        read: Callable[[PeopleReader, str | None, str | None], Awaitable[None]] = PeopleReader.ensure

        async def switched_off(people: PeopleReader, client: str | None, contact: str | None) -> None:
            await read(people, client, contact)
            desk.permit({"default": "nothing"}, "3")

        monkeypatch.setattr(PeopleReader, "ensure", switched_off)
        await record(desk.intake, "phone", by_phone(desk))
        await desk.until_called()
        assert writes(desk) == []
        assert withheld(desk) == [("psa-create", "1")]
