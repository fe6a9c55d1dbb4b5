"""Triggers of evidence: which facts plan which questions, which are answered already, and which are not wanted."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from desk.contract.event import Draft, Payload
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.assets import AssetLinked, AssetUnlinked
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage import ends as en
from desk.eventstore.handler_registry import chained
from desk.eventstore.planned.call_rows import effect_id
from desk.policies.book import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Story
from desk_integrations.evidence.collector import Collector
from desk_integrations.evidence.planning import early, intents, planner, superseded
from desk_integrations.evidence.subject import Question, Subject, decode, encode

from .evidence_rows import instances, last, linked_story, row

ONE, TWO = instances("ninja-main"), instances("ninja-main", "other")


def planned(story: Story, rmms: Any = ONE, trigger: type[Payload] = AssetLinked, **changes: Any) -> list[Question]:
    found = intents(row(**changes), rmms, last(story, trigger), story.ticket)
    assert all(intent.kind.startswith("rmm/") for intent in found)
    return [decode(intent.data) for intent in found]


def answered(state: str = "clear", device: str = c.DEVICE, source: str = "ninja-main", **more: Any) -> Draft:
    data = dx.DeviceChangesCollected(
        device=device, snapshot=str(uuid4()), source=source, state=state, **{"asked_at": c.NOW, **more}  # type: ignore[arg-type]
    )  # fmt: skip
    return Draft(data=data)


def resolution() -> Draft:
    return Draft(data=c.resolved(), cycle=1)


def test_a_trigger_asks_every_instance_that_serves_the_client_once() -> None:
    story = linked_story()
    assert planned(story, TWO) == [
        Question(
            source=source,
            client=c.CLIENT,
            about=c.DEVICE,
            binding="link-1",
            cycle=1,
            since=last(story, AssetLinked).recordedtime,
            window_from=c.NOW - timedelta(days=14),
            window_to=c.NOW,
        )
        for source in ("ninja-main", "other")
    ]
    kinds = [one.kind for one in intents(row(), TWO, last(story, AssetLinked), story.ticket)]
    assert kinds == ["rmm/ninja-main/device-changes", "rmm/other/device-changes"]


def test_an_instance_of_another_client_is_not_asked() -> None:
    own = instances("ninja-main", scope="client", client=c.CLIENT)
    foreign = instances("ninja-main", scope="client", client="client-other")
    assert [one.source for one in planned(linked_story(), own)] == ["ninja-main"]
    assert planned(linked_story(), foreign) == []


def test_the_same_trigger_again_is_the_same_call_and_another_trigger_another() -> None:
    story = linked_story()
    event = last(story, AssetLinked)
    ids = {effect_id(event, one) for _ in range(3) for one in intents(row(), TWO, event, story.ticket)}
    assert len(ids) == 2
    story.given(c.linked(link="link-2", device="device-other"))
    other = last(story, AssetLinked)
    assert ids.isdisjoint(effect_id(other, one) for one in intents(row(), TWO, other, story.ticket))


def test_the_data_of_a_call_is_read_again_as_written_and_nothing_else_is() -> None:
    (question,) = planned(linked_story())
    assert decode(encode(question)) == question
    assert question.subject == Subject(c.CLIENT, c.DEVICE, "link-1")
    for damaged in (b"", b"{}", b'{"source": 1}', b"[]"):
        with pytest.raises(msgspec.MsgspecError):
            decode(damaged)


def test_no_asset_no_question() -> None:
    story = linked_story().given(AssetUnlinked(link="link-1", reason="typo"))
    assert planned(story) == []


@pytest.mark.parametrize(
    "ended",
    [
        (i.MergedInto(root="t-2", evidence="same"),),
        (PsaGone(reason="deleted", proof=("404",), episode=1),),
        (resolution(),),
        (Draft(data=en.Cancelled(reason="spam"), cycle=1),),
    ],
    ids=["merged", "gone", "resolved", "cancelled"],
)
def test_nothing_is_planned_for_a_ticket_that_is_over(ended: tuple[Any, ...]) -> None:
    assert planned(linked_story(*ended)) == []


def test_nothing_is_planned_for_history_before_its_adoption() -> None:
    story = linked_story(origin="import")
    assert planned(story) == []
    story.origin = "live"
    story.given(i.TicketAdopted(source="log", cut_over=c.NOW))
    assert [one.source for one in planned(story, trigger=i.TicketAdopted)] == ["ninja-main"]


def test_a_fact_of_another_origin_plans_nothing_even_on_a_live_ticket() -> None:
    story = Story().given(c.opening(), Draft(data=c.linked(), origin="import"))
    assert planned(story) == []
    repaired = Story().given(c.opening(), Draft(data=c.linked(), origin="repair"))
    assert planned(repaired) == []


@pytest.mark.parametrize(
    ("draft", "asked"),
    [
        (answered(), False),
        (answered("match"), False),
        (answered("unknown", reason="timeout"), True),
        (answered(device="device-other"), True),
        (answered(source="other"), True),
        (answered(asked_at=c.NOW - timedelta(hours=1)), True),
        (answered(asked_at=None), True),
    ],
    ids=["clear", "match", "unknown", "another device", "another source", "stale", "undated"],
)
def test_a_fresh_answer_of_the_source_about_the_device_is_not_asked_for_again(draft: Draft, asked: bool) -> None:
    assert bool(planned(linked_story(draft))) is asked


def test_the_row_may_set_the_age_of_an_answer() -> None:
    story = linked_story(answered(asked_at=c.NOW - timedelta(hours=1)))
    assert planned(story, stale_after=timedelta(hours=2)) == []


def test_a_ticket_that_comes_back_asks_for_what_is_still_unknown() -> None:
    story = linked_story(answered("unknown", reason="timeout"))
    story.given(i.MergedInto(root="t-2", evidence="same"), i.Unmerged(other="t-2", evidence="not the same"))
    assert [one.since for one in planned(story, trigger=i.Unmerged)] == [last(story, i.Unmerged).recordedtime]
    story.given(resolution())
    end = story.ticket.triage.end
    assert end is not None
    story.given(Draft(data=en.Reopened(undoes=end.id, cause="client"), cycle=2))
    assert [one.cycle for one in planned(story, trigger=en.Reopened)] == [2]


def test_a_question_is_superseded_when_its_subject_or_cycle_changes_or_the_ticket_ends() -> None:
    (instance,) = ONE.instances
    story = linked_story()
    (question,) = planned(story)
    assert not superseded(row(), instance, question, story.ticket)
    later = {
        "another device": (c.linked(link="link-2", device="device-other"),),
        "another link": (AssetUnlinked(link="link-1", reason="x"), c.linked(link="link-2")),
        "no device": (AssetUnlinked(link="link-1", reason="x"),),
        "another client": (i.ClientCorrected(before=c.CLIENT, after="client-other", revision=1),),
        "resolved": (resolution(),),
        "merged": (i.MergedInto(root="t-2", evidence="same"),),
        "answered": (answered("match", asked_at=c.NOW + timedelta(minutes=5)),),
    }
    for name, facts in later.items():
        assert superseded(row(), instance, question, linked_story().given(*facts).ticket), name
    for name, facts in {
        "unknown": (answered("unknown", asked_at=c.NOW + timedelta(minutes=5)),),
        "answer about another device": (answered("match", "device-other", asked_at=c.NOW + timedelta(minutes=5)),),
    }.items():
        assert not superseded(row(), instance, question, linked_story().given(*facts).ticket), name


def test_a_fact_that_triggers_two_kinds_of_evidence_plans_both() -> None:
    story = linked_story()
    effects = Collector("triage", [row(), row(name="alerts")], ONE).effects()
    plan = chained(effects[AssetLinked])
    kinds = [intent.kind for intent in plan(last(story, AssetLinked), story.ticket)]
    assert kinds == ["rmm/ninja-main/device-changes", "rmm/ninja-main/alerts"]
    assert Collector("triage", [row()], instances()).effects() == {}


def test_a_service_without_a_share_of_the_budget_asks_nothing() -> None:
    only = instances("ninja-main", budget_share={"intake": 1.0})
    assert Collector("triage", [row()], only).effects() == {}
    assert Collector("triage", [row()], only).instances.configured("rmm", c.CLIENT) == ()
    assert Collector("intake", [row()], only).instances.configured("rmm", c.CLIENT) == ("ninja-main",)


def test_times_of_a_question_keep_their_zone() -> None:
    (question,) = planned(linked_story())
    assert decode(encode(question)).since.tzinfo == UTC


def test_evidence_of_a_kind_that_the_service_does_not_own_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="device-changes: docs does not own"):
        Collector("docs", [row()], ONE)


def test_a_question_with_a_settle_time_waits_for_the_end_of_its_window() -> None:
    story = linked_story()
    settling = row(settle=lambda policies: policies.monitoring_window.settle)
    event = last(story, AssetLinked)
    (intent,) = planner(settling, ONE, PolicyBook())(event, story.ticket)
    question = decode(intent.data)
    opened_at = story.ticket.intake.opened_at
    assert opened_at is not None and question.window_to == opened_at + timedelta(minutes=10)
    assert early(settling, question, opened_at) == timedelta(minutes=10)
    assert early(settling, question, opened_at + timedelta(minutes=10)) is None
    assert early(row(), question, opened_at) is None
