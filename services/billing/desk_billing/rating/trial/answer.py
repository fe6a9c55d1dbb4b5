"""The answer of a trial: lines, adjustments, pools, totals and refusals, as plain data and as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec
from pydantic import ValidationError

from desk.calendars.problems import DocumentError, Fault, Problem
from desk.decision.policies.labour.currencies import minor_unit
from desk_billing.rating.explain import explain
from desk_billing.rating.lifecycle.account import Account
from desk_billing.rating.lifecycle.ledger import Ledger, Refused
from desk_billing.rating.lifecycle.periods import first_open
from desk_billing.rating.line import Line
from desk_billing.rating.steps.money import decimals, rate_text, round_units
from desk_billing.rating.steps.settle import PoolState
from desk_billing.rating.trial.events import EXPECTED, Events
from desk_billing.rating.trial.reading import load, problems_of
from desk_billing.rating.trial.world_file import WorldFile


class LineAnswer(msgspec.Struct, frozen=True, rename={"billing_class": "class"}):
    """A line. Decimals are texts, minutes integers; None where there is no reason, pool or rate."""

    day: str
    minutes: int
    charged: int
    band: str
    billing_class: str
    reason: str | None
    pool: str | None
    rule: str
    rate: str | None
    amount: str


class AdjustmentAnswer(msgspec.Struct, frozen=True):
    """A signed difference to an invoiced entry."""

    entry: str
    n: int
    minutes: int
    amount: str
    cause: str


class PoolAnswer(msgspec.Struct, frozen=True):
    """The balance of a pool: whole minutes or tickets, or an amount of money as text."""

    unit: str
    left: int | str


class RefusalAnswer(msgspec.Struct, frozen=True):
    """Input that was refused."""

    code: str
    field: str
    remedy: str


class Answer(msgspec.Struct, frozen=True):
    """The answer, as `desk money try --json` prints it."""

    entries: dict[str, list[LineAnswer]]
    adjustments: list[AdjustmentAnswer]
    pools: dict[str, PoolAnswer]
    totals: dict[str, str]
    refused: list[RefusalAnswer]


class Trial:
    """A world file, rated and with its events applied. `ledger` is None when its documents are refused."""

    def __init__(self, data: object) -> None:
        file = WorldFile(data)
        self.problems = list(file.problems)
        self.file = file
        self.exported: set[str] = set()
        self.ledger: Ledger | None = None
        if file.world is None:
            return
        self.ledger = Ledger(file.world)
        events = Events(self.ledger, file.now, file.unconfirmed, file.raw_entries)
        for at, event in enumerate(file.events):
            try:
                events.apply(event)
            except EXPECTED as error:
                self.problems += list(_problems(error, f"events.{at}"))
        self.exported = events.exported

    @classmethod
    def of_text(cls, text: str) -> Trial:
        """The trial of a file's text; text that is no YAML is refused like a document."""
        try:
            return cls(load(text))
        except DocumentError as wrong:
            trial = cls({})
            trial.problems = list(wrong.problems)
            return trial

    @property
    def answer(self) -> Answer:
        """The answer as plain data."""
        refused = [RefusalAnswer(one.code, one.field, one.remedy) for one in self.problems]
        if self.ledger is None:
            return Answer({}, [], {}, {}, refused)
        accounts = self.ledger.accounts
        return Answer(
            {name: [_line(line) for line in account.recorded] for name, account in accounts.items()},
            [answer for account in accounts.values() for answer in _adjustments(account)],
            {name: _pool(state) for name, state in self.ledger.pools.items()},
            {currency: str(_minor(amount, currency)) for currency, amount in self.ledger.totals.items()},
            refused,
        )

    def text(self) -> Iterator[str]:
        """Every line with its explanation, then pools, totals and refusals."""
        if self.ledger is not None:
            for name, account in self.ledger.accounts.items():
                yield from _account_text(name, account, self.ledger)
            for name, state in self.ledger.pools.items():
                yield f"pool {name}: {_pool(state).left} {_pool(state).unit} left"
                yield from (f"  {percent} % used, reached by {entry}" for percent, entry in state.crossed)
            for pool, done in self.ledger.closings.items():
                yield f"pool {pool} closed: {_plain(done.carried)} carried, {_plain(done.expired)} expired"
            for root, (count, value) in self.ledger.by_root.items():
                yield f"ticket {root}: {count} min, {value}"
            for currency, amount in self.ledger.totals.items():
                yield f"total {_minor(amount, currency)} {currency}"
        for one in self.problems:
            yield f"refused {one.code} {one.field}: {one.fault} ({one.remedy})"


def _problems(error: Exception, place: str) -> Iterator[Problem]:
    if isinstance(error, Refused):
        one = error.problem
        yield Problem(f"{place}.{one.field}", one.fault, one.remedy, one.code)
    elif isinstance(error, Fault):
        yield Problem(f"{place}.{error.field}".rstrip("."), error.fault, error.remedy, error.code)
    elif isinstance(error, ValidationError):
        yield from problems_of(error, place)
    elif isinstance(error, DocumentError):
        for one in error.problems:
            yield Problem(f"{place}.{one.field}", one.fault, one.remedy, one.code)


def _line(line: Line) -> LineAnswer:
    return LineAnswer(
        line.day,
        line.minutes,
        line.charged,
        line.band,
        line.billing_class,
        line.reason or None,
        line.pool or None,
        line.verdict.rule,
        None if line.rate is None else rate_text(line.rate, line.quote.currency),
        str(_minor(line.amount, line.quote.currency)),
    )


def _minor(amount: Decimal, currency: str) -> Decimal:
    return decimals(round_units(Fraction(amount), minor_unit(currency)), minor_unit(currency))


def _adjustments(account: Account) -> list[AdjustmentAnswer]:
    return [
        AdjustmentAnswer(one.entry, one.number, one.minutes, str(_minor(one.amount, one.currency)), one.cause)
        for one in account.adjustments
    ]


def _pool(state: PoolState) -> PoolAnswer:
    pool, left = state.pool, state.left
    if pool.unit == "money" and pool.currency is not None:
        return PoolAnswer("money", rate_text(left, pool.currency))
    unit = "tickets" if pool.unit == "tickets" else "minutes"
    return PoolAnswer(unit, _plain(left))


def _plain(quantity: Fraction) -> int | str:
    """A whole number, else a decimal as text."""
    if quantity.denominator == 1:
        return int(quantity)
    return str(Decimal(quantity.numerator) / quantity.denominator)


def _account_text(name: str, account: Account, ledger: Ledger) -> Iterator[str]:
    state = [f"rating {account.rating}"] if account.rating else []
    state += ["rating-differs"] if account.differs else []
    for word, amount in (("invoiced", account.invoiced), ("written off", account.off), ("open", account.open)):
        if amount:
            state.append(f"{word} {_minor(amount, account.currency)} {account.currency}")
    yield f"{name}: {', '.join(state) or 'no line'}"
    closed: Sequence[str] = sorted(ledger.closed.get(account.client, ()))
    for line in account.recorded:
        yield from explain(line)
        if line.period in closed:
            yield f"    billed in {first_open(line.period, closed)}: {line.period} is closed"
    for one in account.adjustments:
        amount = _minor(one.amount, one.currency)
        yield f"  adjustment {one.number}: {one.minutes:+} min, {amount:+} {one.currency} ({one.cause}, {one.client})"
