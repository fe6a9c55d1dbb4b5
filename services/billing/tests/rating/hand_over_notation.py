"""Writes batches, comparisons, statements and unbilled labour in the notation of the conformance cases."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from desk_billing.rating.finder.missing import missing
from desk_billing.rating.finder.states import Found, Progress
from desk_billing.rating.finder.unbilled import find, totals
from desk_billing.rating.handover.batch import Batch, Format, batches, files
from desk_billing.rating.handover.comparison import compare
from desk_billing.rating.handover.items import Item, due
from desk_billing.rating.handover.mapping import AccountsMapping
from desk_billing.rating.handover.statement import movements, statement
from desk_billing.rating.lifecycle.ledger import Ledger
from desk_billing.rating.trial.answer import Trial

PERIOD, ON = "2026-03", date(2026, 3, 14)
Case = dict[str, Any]  # Any: a case as written


def ledger_of(trial: Trial) -> Ledger:
    assert trial.ledger is not None
    return trial.ledger


def batches_of(trial: Trial) -> list[Batch]:
    """The batches of all clients for March."""
    return [one for one in batches(due(ledger_of(trial), trial.file.unconfirmed)) if one.period == PERIOD]


def found_in(trial: Trial) -> list[Found]:
    """All labour of the trial with its state."""
    progress = Progress(trial.file.unconfirmed, trial.exported)
    return find(ledger_of(trial), trial.file.sessions, trial.file.ended, progress)


def _items(trial: Trial) -> list[Item]:
    return [item for batch in batches_of(trial) for item in batch.items]


def _rows(trial: Trial, case: Case, style: Format) -> list[list[dict[str, str]]]:
    mapping = AccountsMapping.model_validate(case.get("accounts", {}))
    texts = files(batches_of(trial), style, mapping, date(2026, 4, 1))
    return [list(csv.DictReader(io.StringIO(text))) for text in texts]


def _cells(trial: Trial, case: Case) -> dict[str, list[str]]:
    """The cells of each named column, of whichever format has it."""
    rows = [row for style in ("quickbooks", "xero") for file in _rows(trial, case, style) for row in file]
    return {name: [row[name] for row in rows if name in row] for name in case["expect"]["cells"]}


def _compared(trial: Trial) -> list[str]:
    found = []
    for one in compare(ledger_of(trial).accounts, trial.file.psa):
        parts = [one.entry, one.verdict]
        parts += [f"{one.minutes:+}"] if one.minutes else []
        parts += [f"{one.amount:+}"] if one.amount else []
        found.append(" ".join([*parts, one.proposal]).strip())
    return found


def _statements(trial: Trial) -> dict[str, str]:
    found = {}
    for name in ledger_of(trial).pools:
        one = statement(movements(ledger_of(trial), name), PERIOD)
        terms = f"{one.opening} + {one.granted} - {one.drawn} + {one.returned} - {one.expired}"
        found[name] = f"{terms} = {one.closing}"
    return found


def _missing(trial: Trial) -> int:
    entries = list(ledger_of(trial).world.entries.values())
    return sum(one.minutes for one in missing(trial.file.sessions, entries))


def _unbilled(trial: Trial) -> dict[str, str]:
    by = totals(found_in(trial), ON)
    return {f"{state} {age}": f"{one.minutes} {one.amount}" for (state, age, _), one in by.items()}


HAND_OVER: Mapping[str, Callable[[Trial, Case], object]] = {
    "items": lambda trial, _: [f"{one.quantity} x {one.rate} = {one.amount}" for one in _items(trial)],
    "texts": lambda trial, _: [one.text for one in _items(trial)],
    "cells": _cells,
    "files": lambda trial, case: [len({row["InvoiceNumber"] for row in file}) for file in _rows(trial, case, "xero")],
    "compared": lambda trial, _: _compared(trial),
    "statement": lambda trial, _: _statements(trial),
    "missing": lambda trial, _: _missing(trial),
    "unbilled": lambda trial, _: _unbilled(trial),
}
