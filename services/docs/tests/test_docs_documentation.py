"""Step 9 without vendors: terms of a search, the decision on an answer, the commands, what is not configured."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from desk.contract.event import Draft
from desk.contract.streams.client import Client
from desk.contract.ticket.docs import documentation as f
from desk.contract.ticket.gates import RESOLVE
from desk.contract.ticket.intake import facts as i
from desk.contract.ticket.intake.assets import AssetLinkWaived
from desk.decision.command import decide
from desk.decision.reads import Found
from desk.testing import controls as c
from desk.testing.given import Outcome, Story
from desk_docs.commands import COMMANDS
from desk_docs.decisions.documentation import (
    WAITING,
    SearchDocs,
    about,
    record_requested,
    record_search,
    requested,
    terms_of,
)
from desk_docs.integrations import EVIDENCE
from desk_docs.reactions import REACTIONS
from desk_integrations.evidence.definition import Snapshot
from desk_integrations.evidence.planning import answered
from desk_integrations.evidence.subject import Subject
from desk_integrations.instances.document import Instance
from desk_integrations.kinds.documentation import DocumentationHit

SOURCE = "itglue-main"
ASKED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BY_NAME = {command.name: command for command in COMMANDS}
MAPPED = Client(revision="1", mappings={SOURCE: "410233"})


class DocumentationOf(NamedTuple):
    """One documentation system that serves one client."""

    client: str = c.CLIENT

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        return (SOURCE,) if (kind, client) == ("documentation", self.client) else ()


SERVED = DocumentationOf()


def hit(number: int = 1) -> DocumentationHit:
    return DocumentationHit(
        external=f"documents/{number}",
        kind="document",
        title="VPN",
        matched=("VPN",),
        excerpt="The VPN",
        url="https://x",
    )


def answer(subject: Subject, *hits: DocumentationHit, **more: Any) -> Snapshot[DocumentationHit]:
    base = {"state": "match" if hits else "clear", "ticket": c.TICKET, **more}
    return Snapshot(id="snapshot-1", source=SOURCE, subject=subject, asked_at=ASKED, window=None, items=hits, **base)


def searched(story: Story, *hits: DocumentationHit, **more: Any) -> Story:
    """The ticket after an automatic search."""
    subject = about(story.ticket)
    assert subject is not None
    drafts = record_search(answer(subject, *hits, **more), story.ticket, story.context())
    return story.given(*drafts)


def send(story: Story, name: str, client: Client = MAPPED, sources: Any = SERVED, **body: Any) -> Outcome:
    command = BY_NAME[name]
    parsed = command.body(**{"cycle": story.ticket.cycle, **body})
    found = Found(client=c.CLIENT, states={c.CLIENT: client})
    return story.when(lambda b, t, x: decide(command, b, t, x, found), parsed, sources=sources)


@pytest.mark.parametrize(
    ("problem", "hostname", "terms"),
    [
        ("VPN drops", None, ("VPN", "drops")),
        (
            "Outlook does not connect to the VPN since Monday",
            "ACME-WS-014",
            ("ACME-WS-014", "Outlook", "connect", "VPN", "Monday"),
        ),
        ("Vpn VPN vpn", None, ("Vpn",)),
        ("I can not", None, ("I can not",)),
        ("<script>alert('x')</script>", None, ("script", "alert")),
        ("x", None, ()),
        ("VPN drops", "x", ("VPN", "drops")),
        ("x", " y ", ()),
        ("", "", ()),
    ],
)
def test_the_terms_are_the_host_name_and_the_words_of_the_problem(
    problem: str, hostname: str | None, terms: tuple[str, ...]
) -> None:
    assert terms_of(problem, hostname) == terms


def test_a_long_problem_gives_no_more_terms_than_a_search_takes() -> None:
    words = [f"word{number}" * 40 for number in range(30)]
    terms = terms_of(" ".join(words))
    assert len(terms) == 10 and all(len(term) == 100 for term in terms)


@pytest.mark.parametrize("fact", [c.linked(), AssetLinkWaived(reason="no-device")])
def test_a_search_is_not_applicable_only_while_no_documentation_system_serves_the_client(fact: Any) -> None:
    reaction = REACTIONS[type(fact.data if isinstance(fact, Draft) else fact)]
    without = Story().given(c.opening()).receives(reaction, fact)
    assert without.one(f.DocumentationSearched).not_applicable
    elsewhere = Story().given(c.opening()).receives(reaction, fact, sources=DocumentationOf("client-other"))
    assert elsewhere.one(f.DocumentationSearched).not_applicable
    Story().given(c.opening()).receives(reaction, fact, sources=DocumentationOf()).nothing()


def test_an_answer_is_recorded_as_it_was_found_and_meets_the_gate() -> None:
    story = searched(Story().given(c.opening(), c.linked()), hit(), unavailable=("record",), omitted=3, foreign=2)
    (fact,) = [event.data for event in story.events if isinstance(event.data, f.DocumentationSearched)]
    assert (fact.search, fact.client, fact.device, fact.sources) == ("snapshot-1", c.CLIENT, c.DEVICE, (SOURCE,))
    assert (fact.unknown, fact.unavailable, fact.omitted, fact.foreign) == ((), ("record",), 3, 2)
    assert fact.query == story.ticket.intake.problem != ""
    (found,) = fact.hits
    assert (found.hit, found.external, found.kind, found.url) == (
        f"{SOURCE}/documents/1",
        "documents/1",
        "document",
        "https://x",
    )
    stored = story.ticket.docs.search_sources[SOURCE]
    assert (stored.state, stored.subject, stored.asked_at) == (
        "match",
        f"{c.CLIENT}|{c.DEVICE}|{story.ticket.intake.problem_hash}",
        ASKED,
    )
    assert RESOLVE["documentation"].check(story.ticket, "automatic")


def test_a_source_that_does_not_answer_is_unknown_and_a_later_answer_replaces_it() -> None:
    story = searched(Story().given(c.opening()), state="unknown", reason="client-not-mapped")
    assert not story.ticket.docs.search_sources[SOURCE].conclusive
    assert story.ticket.docs.search_sources[SOURCE].reason == "client-not-mapped"
    assert searched(story).ticket.docs.search_sources[SOURCE].state == "clear"


def test_the_subject_changes_with_client_device_and_problem() -> None:
    story = Story().given(c.opening())
    subjects = [about(story.ticket)]
    for fact in (
        c.linked(),
        i.ProblemRestated(statement="Wi-Fi drops", text_hash="h2"),
        i.ClientCorrected(before=c.CLIENT, after="client-other", revision=1),
    ):
        subjects.append(about(story.given(fact).ticket))
    assert len(set(subjects)) == 4 and None not in subjects


def test_an_answer_about_the_problem_as_it_was_stated_before_is_no_answer() -> None:
    story = searched(Story().given(c.opening(), c.linked()), hit())
    row, source = EVIDENCE[0], Instance.model_validate({"id": SOURCE, "kind": "documentation", "vendor": "itglue"})
    before = about(story.ticket)
    assert before is not None and answered(row, source, before, ASKED, story.ticket)
    after = about(story.given(i.ProblemRestated(statement="Wi-Fi drops", text_hash="h2")).ticket)
    assert after is not None and not answered(row, source, after, ASKED, story.ticket)


def test_search_docs_records_a_request_that_its_sources_have_not_answered() -> None:
    story = send(Story().given(c.opening()), "search-docs", terms=["VPN", " split tunnel ", "VPN"]).then(
        "documentation-searched"
    )
    fact = story.events[-1].data
    assert isinstance(fact, f.DocumentationSearched)
    assert (fact.query, fact.sources, fact.unknown) == ("VPN\nsplit tunnel", (SOURCE,), (SOURCE,))
    assert (fact.reason, fact.asked_at, fact.request) == (WAITING, None, fact.search)
    subject = requested(story.ticket)
    assert subject == Subject(c.CLIENT, fact.search)
    drafts = record_requested(answer(subject, hit(2)), story.ticket, story.context())
    answered = story.given(*drafts).ticket.docs
    assert answered.request_sources[SOURCE].state == "match" and answered.request_sources[SOURCE].subject == fact.search
    assert answered.search_sources == {} and answered.request is not None and answered.request.search == fact.search


def test_a_request_about_a_former_client_is_not_asked() -> None:
    story = send(Story().given(c.opening()), "search-docs", terms=["VPN"]).then("documentation-searched")
    assert requested(story.given(i.ClientCorrected(before=c.CLIENT, after="client-other", revision=1)).ticket) is None


@pytest.mark.parametrize(
    ("client", "sources", "detail"),
    [
        (Client(revision="1"), DocumentationOf(), "The client is not mapped at its documentation system."),
        (Client(revision="1", mappings={"ninja-main": "40"}), DocumentationOf(), "The client is not mapped"),
        (MAPPED, DocumentationOf("client-other"), "No documentation system serves the client."),
    ],
)
def test_search_docs_is_refused_while_the_client_is_unmapped(client: Client, sources: Any, detail: str) -> None:
    refusal = send(Story().given(c.opening()), "search-docs", client, sources, terms=["VPN"]).refused("client_unmapped")
    assert refusal.detail.startswith(detail)


@pytest.mark.parametrize("terms", [[], ["x"], ["  x "], ["x" * 101], ["line\nbreak"], ["word"] * 11])
def test_terms_out_of_bounds_are_refused(terms: list[str]) -> None:
    with pytest.raises(ValueError, match="terms"):
        SearchDocs(cycle=1, terms=terms)


def test_search_docs_is_refused_after_the_end_of_the_cycle() -> None:
    story = Story().given(*c.ready_for_work(), c.resolved())
    send(story, "search-docs", terms=["VPN"]).refused("ticket_closed")


def test_a_hit_is_judged_once() -> None:
    story = searched(Story().given(c.opening(), c.linked()), hit())
    name = f"{SOURCE}/documents/1"
    story = send(story, "judge-hit", hit=name, helped=True).then("documentation-judged")
    assert story.ticket.docs.judged == {name: True}
    send(story, "judge-hit", hit=name, helped=True).nothing()
    assert send(story, "judge-hit", hit=name, helped=False).refused("invalid_field").detail.startswith("hit: ")


def test_a_hit_that_was_not_found_for_the_tickets_client_is_refused() -> None:
    story = searched(Story().given(c.opening(), c.linked()), hit())
    send(story, "judge-hit", hit=f"{SOURCE}/documents/2", helped=True).refused("invalid_field")
    story.given(i.ClientCorrected(before=c.CLIENT, after="client-other", revision=1))
    send(story, "judge-hit", hit=f"{SOURCE}/documents/1", helped=True).refused("invalid_field")
