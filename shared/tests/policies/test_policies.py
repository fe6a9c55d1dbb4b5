"""Policies: documents that people write, versions that never change, a second person where it matters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from pydantic import ValidationError

from desk.contract.event import Actor, Draft
from desk.contract.streams.policies import INITIAL, Policy, PolicyDrafted, PolicyPublished, PolicyRetired
from desk.decision.context import DecisionContext
from desk.decision.policies.documents import DOCUMENTS
from desk.decision.policies.intake import WriteBack
from desk.decision.refusal import Refusal
from desk.policies.book import BUILTIN, PolicyBook, builtin
from desk.policies.owners import POLICY_OWNERS, needs_second
from desk.policies.publishing import Proposal, content_hash, publish, retire
from desk.policies.write_back import WritePlace, level_of
from desk.testing.clock import FakeClock
from desk.testing.facts import event
from desk.testing.notes import NoPolicies

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROUTING = dict(builtin("routing"))
MATRIX: dict[str, Any] = {level: {"high": "P1", "medium": "P2", "low": "P3"} for level in ("high", "medium", "low")}


def asked_by(person: str) -> DecisionContext:
    return DecisionContext(id=UUID(int=1), actor=Actor("person", person), now=NOW, policies=NoPolicies())


def after(drafts: list[Draft], state: Policy = INITIAL) -> Policy:
    for draft in drafts:
        state = state.evolve(event(draft.data))
    return state


def proposal(name: str = "routing", version: str = "2", **more: Any) -> Proposal:
    content = more.pop("content", MATRIX if name == "matrix" else ROUTING)
    return Proposal(name, version, content, **more)


@pytest.mark.parametrize("name", BUILTIN)
def test_every_policy_that_ships_fits_its_own_document_and_has_an_owner(name: str) -> None:
    DOCUMENTS[name].model_validate(builtin(name))
    assert POLICY_OWNERS[name] in ("intake", "triage", "sla", "billing", "docs")


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("matrix", {"high": {"high": "P1"}}, "high/medium"),
        ("matrix", {"high": {"high": "P9", "medium": "P2", "low": "P3"}}, "P1"),
        ("routing", {"default_queue": "Nowhere"}, "Nowhere"),
        ("routing", {"defualt_queue": "Service Desk"}, "defualt_queue"),
        ("rate-card", {"default_role": "wizard"}, "wizard"),
        ("rate-card", {"roles": {"technician": {"business-hours": "a lot"}}}, "120.00"),
        ("gate-profile", {"incident": {"calller": "mandatory"}}, "calller"),
        ("outside-mode", {"default": "punish"}, "enforce"),
        ("summary-lint", {"patterns": {"broken": "("}}, "regular expression"),
        ("reply-window", {"days": -1}, "greater than or equal to 0"),
        ("monitoring-window", {"settle_minutes": 1441}, "less than or equal to 1440"),
        ("write-back", {"instances": {"cw": "all"}}, "instances.cw"),
        ("write-back", {"client": {}}, "client"),
    ],
)
def test_a_wrong_document_is_refused_by_the_name_of_what_is_wrong(name: str, change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        DOCUMENTS[name].model_validate({**builtin(name), **change})


def test_one_person_publishes_a_policy_that_needs_one() -> None:
    (draft,) = publish(proposal(), INITIAL, asked_by("ann"))
    assert isinstance(draft.data, PolicyPublished)
    assert (draft.data.by, draft.data.second, draft.data.effective_from) == ("ann", None, NOW)
    assert draft.data.content_hash == content_hash(ROUTING)


@pytest.mark.parametrize("name", ["matrix", "gate-profile", "sla-policy"])
def test_a_weighty_policy_is_drafted_by_one_person_and_published_by_another(name: str) -> None:
    asked = proposal(name, content=MATRIX)
    (drafted,) = publish(asked, INITIAL, asked_by("ann"))
    assert isinstance(drafted.data, PolicyDrafted)
    state = after([drafted])
    assert publish(asked, state, asked_by("ann")) == []
    (published,) = publish(asked, state, asked_by("bob"))
    assert isinstance(published.data, PolicyPublished)
    assert (published.data.by, published.data.second) == ("ann", "bob")
    assert after([published], state).drafts == {}


def test_the_matrix_of_an_import_needs_one_person_and_is_never_in_force() -> None:
    asked = proposal("matrix", "import:log")
    (draft,) = publish(asked, INITIAL, asked_by("ann"))
    book = PolicyBook()
    book.apply(event(draft.data))
    assert isinstance(draft.data, PolicyPublished)
    assert not needs_second("matrix", "import:log", MATRIX)
    assert (book.version("matrix"), book.get("matrix", "import:log")) == ("1", MATRIX)


def test_the_same_version_with_the_same_content_records_nothing() -> None:
    state = after(publish(proposal(), INITIAL, asked_by("ann")))
    assert publish(proposal(content=dict(reversed(ROUTING.items()))), state, asked_by("bob")) == []


@pytest.mark.parametrize("version", ["2", "1"])
def test_a_known_version_with_other_content_is_refused(version: str) -> None:
    state = after(publish(proposal(), INITIAL, asked_by("ann")))
    with pytest.raises(Refusal, match="overlap"):
        publish(proposal(version=version, content={**ROUTING, "default_queue": "Network"}), state, asked_by("bob"))


def test_a_draft_is_not_published_with_other_content() -> None:
    state = after(publish(proposal("matrix"), INITIAL, asked_by("ann")))
    with pytest.raises(Refusal, match="overlap"):
        publish(proposal("matrix", content={**MATRIX, "low": MATRIX["high"] | {"low": "P4"}}), state, asked_by("bob"))


def test_a_time_that_is_past_is_refused_unless_it_is_meant() -> None:
    past = NOW - timedelta(days=1)
    with pytest.raises(Refusal, match="effective_from"):
        publish(proposal(effective_from=past), INITIAL, asked_by("ann"))
    (draft,) = publish(proposal(effective_from=past, retro=True), INITIAL, asked_by("ann"))
    assert isinstance(draft.data, PolicyPublished) and draft.data.effective_from == past


def test_a_version_is_retired_once_and_an_unknown_one_not_at_all() -> None:
    state = after(publish(proposal(), INITIAL, asked_by("ann")))
    (draft,) = retire("routing", "2", state, asked_by("bob"))
    assert isinstance(draft.data, PolicyRetired)
    assert retire("routing", "2", after([draft], state), asked_by("bob")) == []
    with pytest.raises(Refusal, match="no published version '9'"):
        retire("routing", "9", state, asked_by("bob"))


DAY = timedelta(days=1)
EVERYTHING: dict[str, Any] = {
    "default": "nothing",
    "clients": {"acme": {"default": "nothing", "boards": {"1": "everything"}}},
}


class History:
    """Versions of write-back in the order of publication, for the book and the stream."""

    def __init__(self) -> None:
        self.book, self.state = PolicyBook(clock=FakeClock(NOW)), INITIAL

    def published(self, version: str, content: dict[str, Any], since: datetime = NOW) -> None:
        """Publish by as many persons as the version needs."""
        for person in ("ann", "bob"):
            asked = Proposal("write-back", version, content, since, retro=True)
            self.record(publish(asked, self.state, asked_by(person)))

    def retired(self, version: str) -> list[Draft]:
        """Retire by one person."""
        context = msgspec.structs.replace(asked_by("ann"), policies=self.book)
        drafts = retire("write-back", version, self.state, context)
        self.record(drafts)
        return drafts

    def record(self, drafts: list[Draft]) -> None:
        self.state = after(drafts, self.state)
        for draft in drafts:
            self.book.apply(event(draft.data))


def test_one_person_cannot_bring_back_a_version_that_lets_everything_be_written() -> None:
    history = History()
    history.published("2", EVERYTHING)
    history.published("3", {"default": "nothing"})
    with pytest.raises(Refusal, match=r"would bring back version '2'.*two persons") as refused:
        history.retired("3")
    assert "second administrator" in refused.value.remedy
    assert history.book.version("write-back") == "3"


def test_one_person_may_switch_writing_off_by_retiring() -> None:
    history = History()
    history.published("2", {"default": "notes"})
    history.published("3", EVERYTHING)
    assert history.retired("3")
    assert history.retired("3") == []
    assert history.book.version("write-back") == "2"
    assert history.retired("2")
    assert history.book.version("write-back") == "1"


def test_one_person_cannot_take_away_a_restriction_that_is_not_in_force_yet() -> None:
    history = History()
    history.published("2", EVERYTHING)
    history.published("3", {"default": "nothing"}, NOW + DAY)
    with pytest.raises(Refusal, match="would bring back version '2'"):
        history.retired("3")


def test_one_person_cannot_bring_back_everything_that_comes_into_force_later() -> None:
    history = History()
    history.published("2", EVERYTHING, NOW + DAY)
    history.published("3", {"default": "notes"})
    with pytest.raises(Refusal, match="would bring back version '2'"):
        history.retired("3")


def test_a_version_that_is_hidden_by_later_ones_may_be_retired() -> None:
    history = History()
    history.published("2", EVERYTHING)
    history.published("3", {"default": "notes"})
    history.published("4", {"default": "nothing"})
    assert history.retired("3") and history.retired("2") and history.retired("4")
    assert history.book.version("write-back") == "1"


def test_the_book_puts_a_version_in_force_when_its_time_has_come() -> None:
    clock = FakeClock(NOW)
    book = PolicyBook(clock=clock)
    later = publish(proposal(effective_from=NOW + timedelta(hours=1)), INITIAL, asked_by("ann"))[0]
    book.apply(event(later.data))
    assert book.version("routing") == "1"
    clock.advance(timedelta(hours=1))
    assert book.version("routing") == "2"
    book.apply(event(PolicyRetired(policy="routing", version="2", by="ann")))
    assert book.version("routing") == "1"
    assert book.get("routing", "2") == ROUTING


WRITE_BACK: dict[str, Any] = {
    "default": "nothing",
    "instances": {"cw": "notes"},
    "boards": {"cw:1": "everything", "2": "nothing"},
    "clients": {"acme": "nothing", "globex": {"default": "notes", "boards": {"2": "everything"}}},
}


@pytest.mark.parametrize(
    ("place", "level"),
    [
        (WritePlace("other"), "nothing"),
        (WritePlace("cw"), "notes"),
        (WritePlace("cw", "1"), "everything"),
        (WritePlace("other", "1"), "nothing"),
        (WritePlace("cw", "2"), "nothing"),
        (WritePlace("cw", "1", "acme"), "nothing"),
        (WritePlace("cw", "1", "globex"), "notes"),
        (WritePlace("cw", "2", "globex"), "everything"),
        (WritePlace("cw", "1", "initech"), "everything"),
    ],
)
def test_the_most_specific_entry_of_write_back_applies(place: WritePlace, level: str) -> None:
    DOCUMENTS["write-back"].model_validate(WRITE_BACK)
    assert level_of(WriteBack.model_validate(WRITE_BACK), place) == level


def test_nothing_is_written_as_long_as_no_version_was_published() -> None:
    assert level_of(PolicyBook().write_back, WritePlace("cw", "1", "acme")) == "nothing"


@pytest.mark.parametrize(
    "content",
    [
        {"default": "everything"},
        {"default": "nothing", "boards": {"1": "everything"}},
        {"default": "nothing", "clients": {"acme": {"default": "notes", "boards": {"1": "everything"}}}},
    ],
)
def test_to_let_the_desk_write_everything_takes_two_persons(content: dict[str, Any]) -> None:
    asked = proposal("write-back", content=content)
    (drafted,) = publish(asked, INITIAL, asked_by("ann"))
    assert isinstance(drafted.data, PolicyDrafted)
    (published,) = publish(asked, after([drafted]), asked_by("bob"))
    assert isinstance(published.data, PolicyPublished) and published.data.second == "bob"


@pytest.mark.parametrize("content", [{"default": "nothing"}, {"default": "notes", "boards": {"1": "nothing"}}])
def test_one_person_switches_writing_off_or_to_notes(content: dict[str, Any]) -> None:
    (published,) = publish(proposal("write-back", content=content), INITIAL, asked_by("ann"))
    assert isinstance(published.data, PolicyPublished)


def test_the_version_of_a_time_is_the_one_that_was_known_and_in_force_then() -> None:
    book, day = PolicyBook(), timedelta(days=1)
    book.put("write-back", "2", {"default": "notes"}, since=NOW + day, published=NOW)
    book.put("write-back", "3", {"default": "everything"}, since=NOW, published=NOW + 2 * day)
    book.retire("write-back", "3", at=NOW + 3 * day)
    levels = [book.edition_at("write-back", NOW + offset * day).content["default"] for offset in (-1, 0, 1, 2, 3)]
    assert levels == ["nothing", "nothing", "notes", "everything", "notes"]
