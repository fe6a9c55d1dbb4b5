"""Checks billing rules, rate cards and terms of agreements against each other before they are published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from desk.calendars.problems import Problem, from_validation
from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.conditions import When
from desk.decision.policies.labour.rules import BillingRules
from desk.decision.policies.labour.terms import Terms
from desk.http.admin.policy_versions import PolicyChecks
from desk.http.problems.problem import refused_document
from desk.policies.book import PolicyBook
from desk.policies.publishing import Proposal
from desk_billing.policies import TERMS, terms_of
from desk_billing.rating.review import review_bands, review_rules, review_terms

D = TypeVar("D", bound=BaseModel)
UNKNOWN = ("location", "party", "support_tier")
"""Properties that `desk money try` knows and no fact of a ticket has: a condition on one would never hold."""
NO_POOLS = "no pool can be published yet"


def check_rules(proposal: Proposal, book: PolicyBook) -> None:
    """Billing rules do not tie, name bands that exist, and use nothing that the desk does not record."""
    rules = _parsed(proposal, BillingRules)
    problems = review_rules(rules)
    problems += review_bands([book.rate_card], [rules], (), ())
    problems += _conditions([rule.when for rule in rules.rules], "rules")
    problems += _prepaid((f"rules.{at}", rule.then) for at, rule in enumerate(rules.rules))
    problems += _prepaid((f"options.{name}", outcome.then) for name, outcome in rules.options.items())
    if rules.rounding.unit == "session":
        problems.append(Problem("rounding.unit", "no fact records sessions", "use entry, ticket or ticket-day"))
    if rules.same_person == "once":
        fault = "a ticket is rated by itself, and the other entry may be on another one"
        problems.append(Problem("same_person", fault, "leave it out; overlaps are refused when time is logged"))
    if rules.allocation == "recorded":
        problems.append(Problem("allocation", NO_POOLS, "leave it out"))
    _refuse(problems)


def check_card(proposal: Proposal, book: PolicyBook) -> None:
    """The card is the one of all clients, and has every band that rules and terms in force name."""
    card = _parsed(proposal, RateCard)
    terms = [one.document for one in terms_of(book)]
    problems = review_bands([card], [book.billing_rules], terms, ())
    if card.client is not None:
        remedy = "write its rates in the terms of its agreement (agreement-terms:<agreement>)"
        problems.append(Problem("client", "one card is for all clients", remedy))
    _refuse(problems)


def check_terms(proposal: Proposal, book: PolicyBook) -> None:
    """Terms are those of the agreement and client that the policy is for, unambiguous, and free of pools."""
    terms = _parsed(proposal, Terms)
    own = proposal.policy.removeprefix(TERMS)
    others = [one.document for one in terms_of(book) if one.document.agreement != own]
    earlier = [one.document for one in terms_of(book) if one.document.agreement == own]
    problems = []
    if terms.agreement != own:
        problems.append(Problem("agreement", f"{terms.agreement!r} is not {own!r}", f"write agreement: {own}"))
    if (client := next((one.client for one in earlier if one.client != terms.client), None)) is not None:
        problems.append(Problem("client", f"{own} is an agreement of {client}", f"write client: {client}"))
    problems += [
        Problem(one.field.removeprefix("terms.0."), one.fault, one.remedy, one.code)
        for one in (*review_terms([terms, *others], ()), *review_bands([book.rate_card], (), [terms], ()))
        if one.field.startswith("terms.0.") and one.code != "terms_overlap"
    ]
    problems += _conditions([one.when for one in terms.covers], "covers")
    problems += _conditions([one.when for one in terms.excludes], "excludes")
    problems += _prepaid((f"covers.{at}", one.then) for at, one in enumerate(terms.covers))
    _refuse([*problems, *_unused(terms)])


def _unused(terms: Terms) -> Iterator[Problem]:
    """Fields of the terms that would have no effect, because nothing that they need is recorded."""
    for name in ("overage_rate", "overage_bands", "overage_weighted", "draw", "allocation"):
        if getattr(terms, name) != Terms.model_fields[name].default:
            yield Problem(name, NO_POOLS, "leave it out")
    if terms.accept_entry_rate:
        yield Problem("accept_entry_rate", "no fact records the rate of an entry", "leave it out")
    if terms.payers:
        yield Problem("payers", "the desk does not hand invoices over yet", "leave it out")
    if terms.cap is not None and terms.cap.per == "period":
        yield Problem("cap.per", "a ticket is rated by itself", "write per: ticket")
    if terms.rounding.unit == "session":
        yield Problem("rounding.unit", "no fact records sessions", "use entry, ticket or ticket-day")
    if terms.same_person == "once":
        yield Problem("same_person", "a ticket is rated by itself", "leave it out")


def _conditions(whens: Sequence[When], field: str) -> list[Problem]:
    remedy = f"leave it out; no fact of a ticket records {', '.join(UNKNOWN)}"
    return [
        Problem(f"{field}.{at}.when.{name}", "the condition would never hold", remedy)
        for at, when in enumerate(whens)
        for name in UNKNOWN
        if name in when
    ]


def _prepaid(classes: Iterable[tuple[str, str]]) -> list[Problem]:
    """A problem for every field, of (field, class), that makes labour prepaid."""
    remedy = "use billable, covered or non-billable"
    return [Problem(f"{field}.then", NO_POOLS, remedy) for field, then in classes if then == "prepaid"]


def _parsed(proposal: Proposal, kind: type[D]) -> D:
    try:
        return kind.model_validate(proposal.content)
    except ValidationError as error:
        raise refused_document(from_validation(proposal.policy, error).problems) from error


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise refused_document([_in_content(one) for one in problems])


def _in_content(problem: Problem) -> Problem:
    """The problem with the field as the document has it: `rules.rules.0` of a review is `rules.0`."""
    field = problem.field.replace("rules.rules.", "rules.", 1)
    return Problem(field, problem.fault, problem.remedy, problem.code)


CHECKS: PolicyChecks = {"agreement-terms": check_terms, "billing-rules": check_rules, "rate-card": check_card}
