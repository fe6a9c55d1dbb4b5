"""People who act on a record beside a write of ours: what the write does not change is theirs, and only that."""

from __future__ import annotations

import pytest

from desk.contract.ticket.ticket import Status, status
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk_deploy.testing.psa_bench import Bench, bench
from desk_intake.psa.reconcile.change_log_states import ChangeLog
from desk_triage.main import TRIAGE

from ...psa_calls import ours, record

pytestmark = pytest.mark.postgres


async def statuses_observed(desk: Bench, number: int) -> list[tuple[str, str]]:
    """(class, actor) of each observation of a status."""
    found = await desk.facts(number, "psa-observed")
    return [(fact.data.status_class, fact.data.psa_actor) for fact in found if "status" in fact.data.changed]


async def read_with_history(desk: Bench, number: int) -> None:
    """Read the record with every state of its change log, as a revisit does."""
    instance = desk.psa_instance
    between = await ChangeLog(instance.access, instance.feeds).of(str(number))
    await instance.tickets.read(str(number), "poll", (), between)


async def test_a_status_set_while_another_field_is_written_is_observed_as_its_authors(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        number = desk.open_ticket()
        await desk.settle()

        def act(method: str, _path: str) -> None:
            if method == "PATCH":
                desk.psa.gateway.on_call.remove(act)
                desk.jdoe.set_status(number, "resolved")
                desk.clock.advance(5)

        desk.psa.gateway.on_call.append(act)
        desk.clock.advance(5)
        await record(desk.hosted["triage"], ours(number), d.Assigned(technician="mlopez", revision=1))
        await desk.settle()

        assert [fact.data.fields for fact in await desk.facts(number, "psa-synced")] == [("technician",)]
        assert await statuses_observed(desk, number) == [("new", "psa-member:jdoe"), ("resolved", "psa-member:jdoe")]
        assert status(await desk.ticket(number)) is Status.RESOLVED


async def test_a_status_that_we_wrote_is_never_observed_as_an_act_of_who_changes_the_record_next(
    database: str,
) -> None:
    async with bench(database, TRIAGE) as desk:
        number = desk.open_ticket()
        await desk.settle()
        desk.psa.faults.change({"callbacks_lost": 1.0})
        desk.clock.advance()
        await record(desk.hosted["triage"], ours(number), en.Resolved(), cycle=1)
        await desk.settle()
        desk.clock.advance()
        desk.jdoe.assign(number, "asingh")
        for _ in range(2):
            await read_with_history(desk, number)
            await desk.settle()

        assert [fact.data.status_class for fact in await desk.facts(number, "psa-synced")] == ["resolved"]
        assert await statuses_observed(desk, number) == [("new", "psa-member:jdoe")]


async def test_states_from_before_a_write_of_ours_do_not_take_its_values_back(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        number = desk.open_ticket()
        await desk.settle()
        desk.psa.faults.change({"callbacks_lost": 1.0})
        for word in ("resolved", "open"):
            desk.clock.advance()
            desk.jdoe.set_status(number, word)
        desk.clock.advance()
        desk.jdoe.set_status(number, "new")
        desk.clock.advance()
        await record(desk.hosted["triage"], ours(number), d.Assigned(technician="mlopez", revision=1))
        await desk.settle()
        desk.clock.advance()
        await read_with_history(desk, number)
        await desk.settle()

        words = [word for word, _ in await statuses_observed(desk, number)]
        assert words == ["new", "resolved", "open", "new"]
        assert next(fact.data.fields for fact in await desk.facts(number, "psa-synced")) == ("technician",)
        assert not [fact for fact in await desk.facts(number, "psa-observed") if "technician" in fact.data.changed]
        assert not await desk.facts(number, "unassigned")


async def test_who_sets_the_status_that_we_want_is_its_author(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        number = desk.open_ticket()
        await desk.settle()
        desk.psa.faults.change({"callbacks_lost": 1.0})
        desk.clock.advance()
        desk.jdoe.set_status(number, "resolved")
        desk.clock.advance()
        await record(desk.hosted["triage"], ours(number), en.Resolved(), cycle=1)
        await desk.settle()

        assert await statuses_observed(desk, number) == [("new", "psa-member:jdoe"), ("resolved", "psa-member:jdoe")]
        assert not [fact for fact in await desk.facts(number, "psa-synced") if "status" in fact.data.fields]
        assert (await desk.ticket(number)).triage.last_ruled_source_seq == 2
