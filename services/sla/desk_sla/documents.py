"""Checks policy and calendar documents that users submit, to publish them or to ask what-if questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from desk.calendars.calendar import Calendar
from desk.calendars.calendar_document import CalendarDocument, load_calendar, too_large
from desk.calendars.problems import DocumentError, Problem
from desk.http.admin.policy_versions import PolicyChecks
from desk.http.problems.problem import invalid_field, refused_document
from desk.policies.book import PolicyBook
from desk.policies.owners import IMPORT
from desk.policies.publishing import Proposal
from desk_sla.engine.goals import Rulebook
from desk_sla.engine.policies.document import PolicyDocument, load_policy
from desk_sla.engine.policies.review import review, review_policies
from desk_sla.policies import Rules, calendars_of, rules_of


def rulebook_of(
    rules: Rules, policy: str | Mapping[str, object], calendars: Sequence[Mapping[str, object]] = ()
) -> Rulebook:
    """The rulebook of one policy, by id or as a document, for tickets of any opening time. 422 names what is wrong."""
    try:
        handed = {document.id: document for document in map(load_calendar, calendars)}
        if problems := [problem for document in handed.values() for problem in too_large(document)]:
            raise DocumentError("calendars", problems)
        document = named(rules, policy) if isinstance(policy, str) else load_policy(policy)
    except DocumentError as wrong:
        raise refused_document(wrong.problems) from wrong
    available: dict[str, CalendarDocument] = {**rules.calendars(), **handed}
    if missing := sorted(calendars_of(document) - available.keys()):
        remedy = f"Publish it, submit it under calendars, or use one of: {', '.join(available)}."
        raise invalid_field("policy.calendar", f"unknown calendar {missing[0]}", remedy)
    return Rulebook([document.model_copy(update={"effective_from": None})], available, handed=frozenset(handed))


def named(rules: Rules, name: str) -> PolicyDocument:
    """The newest version of a policy by its id. 422 when there is none."""
    found = [policy for policy in rules.policies() if policy.id == name]
    if not found:
        names = ", ".join(sorted({policy.id for policy in rules.policies()}))
        raise invalid_field("policy", f"no SLA policy {name!r}", f"Use one of: {names}; or submit a document.")
    return max(found, key=lambda policy: policy.version)


def check_policy(proposal: Proposal, book: PolicyBook) -> None:
    """Check an SLA policy before publication: well formed, its calendars exist, no rule or policy is shadowed."""
    try:
        document = load_policy(proposal.content)
    except DocumentError as wrong:
        raise refused_document(wrong.problems) from wrong
    rules = rules_of(book)
    problems = [*_named(proposal, document.id, document.version, book), *review(document), *_unfed(document)]
    for name in sorted(calendars_of(document) - rules.calendars().keys()):
        fault, remedy = f"unknown calendar {name}", f"publish it, or use one of {', '.join(rules.calendars())}"
        problems.append(Problem("calendar", fault, remedy))
    if not proposal.version.startswith(IMPORT):
        others = [one for one in rules.in_force() if one.id != document.id]
        problems += review_policies([*others, document.model_copy(update={"effective_from": None})])
    if problems:
        raise refused_document(problems)


def check_calendar(proposal: Proposal, book: PolicyBook) -> None:
    """Check a calendar before publication: well formed, with working time."""
    try:
        document = load_calendar(proposal.content)
        if problems := too_large(document):
            raise DocumentError("calendar", problems)
        Calendar(document)
    except DocumentError as wrong:
        raise refused_document(wrong.problems) from wrong
    if problems := _named(proposal, document.id, document.version, book):
        raise refused_document(problems)


def _unfed(document: PolicyDocument) -> list[Problem]:
    """Reject options that the engine supports but no fact feeds yet, because they would have no effect."""
    unfed = {
        "merge_opened": ("own", "no fact records when a merged ticket was opened"),
        "split_opened": ("split", "no fact records the message that a split is about"),
    }
    return [
        Problem(name, f"{getattr(document, name)}: {fault}", f"write {name}: {default}")
        for name, (default, fault) in unfed.items()
        if getattr(document, name) != default
    ]


def _named(proposal: Proposal, name: str, version: int, book: PolicyBook) -> list[Problem]:
    """Check that id and version match those of the publication, and that versions have no gap."""
    own = proposal.policy.partition(":")[2]
    problems = [] if name == own else [Problem("id", f"{name!r} is not {own!r}", f"write id: {own}")]
    editions = {edition.version: edition for edition in book.editions(proposal.policy)}
    if proposal.version.startswith(IMPORT):
        return problems
    if proposal.version in editions:
        ships = editions[proposal.version].published is None and editions[proposal.version].content != proposal.content
        fault, remedy = f"version {proposal.version} ships with the desk", f"write version: {len(editions) + 1}"
        return [*problems, Problem("version", fault, remedy)] if ships else problems
    if str(version) != proposal.version:
        remedy = f"write version: {proposal.version}, or publish it as version {version}"
        problems.append(Problem("version", f"{version} is not {proposal.version!r}", remedy))
    numbers = [int(v) for v in editions if v.isdecimal()]
    expected = max(numbers, default=0) + 1
    if version != expected:
        problems.append(Problem("version", f"version {version} does not follow", f"write version: {expected}"))
    return problems


DOCUMENTS: Mapping[str, type[BaseModel]] = {"sla-policy": PolicyDocument, "calendar": CalendarDocument}
CHECKS: PolicyChecks = {"sla-policy": check_policy, "calendar": check_calendar}
