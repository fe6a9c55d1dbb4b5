"""Entries rated a second by the pure engine: ``python -m tests.bench_rating`` in services/billing."""

from __future__ import annotations

import random
import sys
import time
from datetime import UTC, datetime

from desk.calendars.calendar import compile_calendar
from desk.calendars.calendar_document import load_calendar
from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.rules import BillingRules
from desk.decision.policies.labour.terms import Pool, Terms
from desk_billing.rating.book import Book
from desk_billing.rating.labour import Entry, Ticket
from desk_billing.rating.rate import rate
from desk_billing.rating.versions import ALWAYS, Version, Versions

QUARTER = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
ENTRIES, TICKETS, DAYS = 10_000, 2_500, 90


def book() -> Book:
    """Documents of an ordinary client: an agreement with a rate and a block of hours each month, work types, bands."""
    week = {day: ["08:00-12:00", "13:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    calendar = {"id": "office", "version": 1, "zone": "Europe/Berlin", "week": week, "holidays": [{"country": "DE"}]}
    card = {
        "currency": "EUR",
        "default_role": "technician",
        "roles": {"technician": 120, "engineer": 165},
        "bands": {"after-hours": 1.5, "holiday": 2, "night": {"times": 1.75, "windows": ["22:00-06:00+1"]}},
        "work_types": {"emergency": 2, "travel": 0.5},
    }
    rules = {
        "rounding": {"unit": "ticket-day", "step": 15},
        "rules": [
            {"name": "time-and-material", "then": "billable"},
            {"name": "rework", "when": {"cycle": "2+"}, "then": "non-billable"},
            {"name": "emergency", "when": {"work_type": "emergency", "role": "engineer"}, "then": "billable"},
        ],
    }
    terms = {
        "agreement": "gold",
        "client": "acme",
        "covers": [{"name": "remote", "when": {"work_type": "remote", "band": "business"}}],
        "excludes": [{"name": "projects", "when": {"kind": "project"}}],
        "rates": [{"role": "engineer", "rate": 150}],
        "overage_rate": 140,
    }
    months = [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01"), ("2026-03-01", "2026-04-01")]
    pools = [
        {"id": start, "client": "acme", "unit": "hours", "quantity": 500, "from": start, "to": to}
        for start, to in months
    ]
    return Book(
        {"office": compile_calendar(load_calendar(calendar))},
        {"": Versions([Version(ALWAYS, "1", RateCard.model_validate(card))])},
        Versions([Version(ALWAYS, "1", BillingRules.model_validate(rules))]),
        [Terms.model_validate(terms)],
        [Pool.model_validate(pool) for pool in pools],
    )


def labour() -> tuple[dict[str, Ticket], list[Entry]]:
    """A quarter of one client: tickets with about four entries each, mostly by day."""
    rng = random.Random(1)
    tickets = {
        f"t{number}": Ticket(id=f"t{number}", client="acme", kind="project" if number % 20 == 0 else "incident")
        for number in range(TICKETS)
    }
    entries = []
    for number in range(ENTRIES):
        start = QUARTER + rng.randrange(DAYS) * 86_400 + rng.choice((7, 9, 11, 14, 16, 20)) * 3600 + rng.randrange(3600)
        start -= start % 60
        minutes = rng.choice((5, 11, 20, 45, 60, 130))
        entries.append(
            Entry(
                id=f"e{number}",
                ticket=f"t{rng.randrange(TICKETS)}",
                technician=f"p{rng.randrange(12)}",
                start=start,
                end=start + minutes * 60,
                minutes=minutes,
                role=rng.choice(("technician", "engineer")),
                work_type=rng.choice(("remote", "onsite", "emergency", "travel")),
                cycle=rng.choice((1, 1, 1, 2)),
            )
        )
    return tickets, entries


def main() -> None:
    documents, (tickets, entries) = book(), labour()
    best = cpu = float("inf")
    lines = 0
    for _ in range(3):
        begun, used = time.perf_counter(), time.process_time()
        found = rate(tickets, entries, documents)
        best, cpu = min(best, time.perf_counter() - begun), min(cpu, time.process_time() - used)
        lines = sum(len(own) for own in found.lines.values())
    sys.stdout.write(f"a client's quarter: {ENTRIES:,} entries, {TICKETS:,} tickets, {lines:,} lines\n")
    sys.stdout.write(f"rated in {best:.2f} s, {cpu:.2f} s of CPU: {ENTRIES / best:,.0f} entries/s\n")
    sys.stdout.write(f"by CPU time: {ENTRIES / cpu:,.0f} entries/s\n")


if __name__ == "__main__":
    main()
