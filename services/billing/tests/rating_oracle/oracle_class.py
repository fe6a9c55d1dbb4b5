"""The oracle's class and rate of one minute, in exact fractions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

from .oracle_minutes import Minutes, holds, number

Document = Mapping[str, Any]  # Any: a document as written


@dataclass(frozen=True)
class State:
    """Whatever holds at a minute of an entry. Equal neighbours are one line."""

    band: str
    kind: str
    reason: str
    rule: str
    rate: Fraction | None
    premium: Fraction
    factor: Fraction
    terms: int
    card: int
    rules: int
    month: str
    unit_day: str
    day: str = field(compare=False)
    draws: bool = False
    priced: bool = True
    only_pool: str = ""
    half: bool = False
    usable: tuple[str, ...] = ()
    scoped: tuple[str, ...] = ()
    payer: int = -1
    fee: Fraction | None = None
    first: int | None = None
    beyond: State | None = None


class Judge:
    """Judges minutes of one world."""

    def __init__(self, world: Document) -> None:
        self.world, self.minutes = world, Minutes(world)
        self.tickets = {one["id"]: one for one in world["tickets"]}
        self._found: dict[tuple[object, ...], State] = {}
        self._terms: dict[tuple[object, ...], Any] = {}  # Any: terms as written, or a code
        self._places: dict[int, tuple[int, int, date, tuple[str, ...]]] = {}

    def _place(self, minute: int) -> tuple[int, int, date, tuple[str, ...]]:
        """Card, rules, date and usable pools at a minute, whoever works."""
        if minute not in self._places:
            card, rules = (self.minutes.version(key, minute) for key in ("card", "rules"))
            usable = tuple(pool["id"] for pool in self.world["pools"] if self.minutes.within(pool, minute))
            self._places[minute] = card, rules, self.minutes.local(minute).date(), usable
        return self._places[minute]

    def state(self, entry: Document, minute: int) -> State:
        """The state at a minute. It can change only where the band does, at a midnight, or where a version begins."""
        ticket = self.tickets[entry["ticket"]]
        card, rules, today, usable = self._place(minute)
        band = self.minutes.band(minute, card)
        place = (entry["entry"], ticket["client"], today)
        if place not in self._terms:
            self._terms[place] = self.minutes.terms(entry, ticket, minute)
        terms = self._terms[place]
        key = (entry["entry"], card, rules, id(terms) if not isinstance(terms, str) else terms, band, today, usable)
        if key not in self._found:
            place_ = self.world["terms"].index(terms) if isinstance(terms, Mapping) else -1
            unit = self.rounding(place_, rules).get("unit")
            base = State(
                band=band,
                kind="",
                reason="",
                rule="",
                rate=None,
                premium=Fraction(1),
                factor=Fraction(1),
                terms=place_,
                card=card,
                rules=rules,
                month=today.isoformat()[:7],
                unit_day=today.isoformat() if unit == "ticket-day" else "",
                day=today.isoformat(),
                payer=place_,
            )
            self._found[key] = self._judged(base, entry, ticket, terms, usable)
        return self._found[key]

    def rounding(self, terms: int, rules: int) -> Document:
        """The rounding of the rules, and over it that of the terms."""
        own = self.world["terms"][terms].get("rounding", {}) if terms >= 0 else {}
        return {**self.world["rules"][rules].get("rounding", {}), **own}

    def labour(self, entry: Document, state: State) -> dict[str, str]:
        ticket = self.tickets[entry["ticket"]]
        terms = self.world["terms"][state.terms] if state.terms >= 0 else None
        named = entry.get("agreement") or ticket.get("agreement") or ""
        return {
            "role": entry.get("role") or self.world["card"][state.card]["default_role"],
            "work_type": entry.get("work_type", ""),
            "kind": ticket.get("kind", "incident"),
            "client": ticket["client"],
            "band": state.band,
            "cycle": str(entry.get("cycle", 1)),
            "agreement": terms["agreement"] if terms else named,
        }

    def _judged(self, base: State, entry: Document, ticket: Document, terms: Any, usable: tuple[str, ...]) -> State:
        if entry.get("party") == "client-it":
            return replace(base, kind="non-billable", reason="client-it", rule="client-it", priced=False)
        if isinstance(terms, str):
            return replace(base, kind="time-unmatched", reason=terms, rule=terms, priced=False)
        option = entry.get("billable", "")
        if option == "DoNotBill":
            return self._priced(replace(base, kind="non-billable", reason="by-entry", rule=option), entry, usable)
        if option == "NoCharge":
            return self._priced(replace(base, kind="non-billable", reason="no-charge", rule=option), entry, usable)
        if ticket.get("method") == "fixed-fee":
            return self._priced(replace(base, kind="billable", rule="fixed-fee"), entry, usable)
        return self._ruled(base, entry, list(self._choices(base, entry, terms)), usable)

    def _choices(self, base: State, entry: Document, terms: Any) -> Iterator[tuple[str, Document]]:
        """Matching rules, the strongest first."""
        labour = self.labour(entry, base)
        rules = self.world["rules"][base.rules]["rules"]
        sources = [("exclude", terms["excludes"] if terms else []), ("cover", terms["covers"] if terms else [])]
        sources.append(("rule", [rule for rule in rules if "client" in rule.get("when", {})]))
        sources.append(("rule", [rule for rule in rules if "client" not in rule.get("when", {})]))
        for source, listed in sources:
            fitting = [rule for rule in listed if holds(rule.get("when", {}), labour)]
            while fitting:
                best = fitting[0]
                for rule in fitting[1:]:
                    if self._weight(rule) > self._weight(best):
                        best = rule
                fitting = [rule for rule in fitting if rule is not best]
                yield source, best

    @staticmethod
    def _weight(rule: Document) -> tuple[int, int]:
        return len(rule.get("when", {})), rule.get("priority", 0)

    def _ruled(
        self, base: State, entry: Document, choices: list[tuple[str, Document]], usable: tuple[str, ...]
    ) -> State:
        if not choices:
            return replace(base, kind="time-unmatched", reason="no-rule", rule="no-rule", priced=False)
        source, rule = choices[0]
        if source == "exclude":
            if rule.get("to", "billable") == "billable":
                return self._priced(replace(base, kind="billable", rule=rule["name"]), entry, usable)
            pool = rule["to"]["pool"]
            payer = self._payer(pool, base)
            found = replace(base, kind="prepaid", rule=rule["name"], draws=True, only_pool=pool, payer=payer)
            return self._priced(found, entry, usable)
        kind = rule.get("then", "covered")
        reason = rule.get("reason") or rule["name"] if kind == "non-billable" else ""
        first = rule.get("first_minutes")
        draws = kind == "prepaid" or (kind == "billable" and first is None)
        found = replace(base, kind=kind, reason=reason, rule=rule["name"], draws=draws, first=first)
        if first is not None:
            found = replace(found, beyond=self._ruled(base, entry, choices[1:], usable))
        return self._priced(found, entry, usable)

    def _payer(self, name: str, base: State) -> int:
        """The terms of the pool's agreement on the day, else those of the labour."""
        (pool,) = (one for one in self.world["pools"] if one["id"] == name)
        for place, one in enumerate(self.world["terms"]):
            begun = "from" not in one or one["from"] <= base.day
            if one["agreement"] == pool.get("agreement") and begun and ("to" not in one or base.day < one["to"]):
                return place
        return base.terms

    def _priced(self, state: State, entry: Document, usable: tuple[str, ...]) -> State:
        labour = self.labour(entry, state)
        card = self.world["card"][state.card]
        base, banded = self._base(state, entry, labour, card)
        band = card.get("bands", {}).get(state.band, 1)
        premium = number(band["times"] if isinstance(band, dict) else band)
        premium = Fraction(1) if banded else premium
        work = number(card.get("work_types", {}).get(labour["work_type"], 1))
        factor = _together(card.get("compose", "max"), premium, work)
        rate = None if base is None or base < 0 else base * factor
        if base is None or base < 0:
            premium = factor = Fraction(1)
        state = replace(state, rate=rate, premium=premium, factor=factor)
        if rate is None and state.kind == "billable":
            return replace(state, kind="time-unmatched", reason="no-rate", draws=False)
        fees = [fee for fee in self.world["rules"][state.rules].get("trip_fees", []) if holds(fee["when"], labour)]
        if state.kind == "billable" and fees:
            return replace(state, fee=number(fees[0]["fee"]), draws=False)
        if fees and state.draws:
            return replace(state, draws=False)
        return self._with_pools(state, entry, labour, usable)

    def _with_pools(self, state: State, entry: Document, labour: dict[str, str], usable: tuple[str, ...]) -> State:
        if not state.draws:
            return state
        client = self.tickets[entry["ticket"]]["client"]
        scoped = []
        for pool in self.world.get("pools", []):
            if pool["client"] != client:
                continue
            fits = pool["id"] == state.only_pool
            if not state.only_pool:
                of_agreement = pool.get("agreement") in (None, labour["agreement"])
                fits = of_agreement and holds(pool.get("scope", {}), labour)
            if fits:
                scoped.append(pool["id"])
        return replace(state, scoped=tuple(scoped), usable=tuple(pool for pool in usable if pool in scoped))

    def _base(
        self, state: State, entry: Document, labour: dict[str, str], card: Document
    ) -> tuple[Fraction | None, bool]:
        """The rate before factors, and whether it is the band's own."""
        terms = self.world["terms"][state.payer] if state.payer >= 0 else None
        ticket = self.tickets[entry["ticket"]]
        if "rate" in entry and terms and terms.get("accept_entry_rate"):
            return number(entry["rate"]), False
        if "rate" in ticket:
            return number(ticket["rate"]), False
        below, banded = self._of_card(state.band, labour["role"], card)
        for wanted in (("role", "work_type"), ("work_type",), ("role",), ()):
            for one in terms.get("rates", []) if terms else []:
                names = tuple(name for name in ("role", "work_type") if name in one)
                if names != wanted or any(one[name] != labour[name] for name in names):
                    continue
                if "rate" in one:
                    return number(one["rate"]), False
                if below is not None:
                    changed = below + number(one["add"]) if "add" in one else below * number(one["times"])
                    return changed, banded
                return None, False
        return below, banded

    @staticmethod
    def _of_card(band: str, role: str, card: Document) -> tuple[Fraction | None, bool]:
        rates = card["roles"].get(role, card["roles"].get("all"))
        if rates is None:
            return None, False
        if not isinstance(rates, dict):
            return number(rates), False
        if band in rates:
            return number(rates[band]), True
        if band != "business" and band not in card.get("bands", {}) and "after-hours" in rates:
            return number(rates["after-hours"]), True
        return (number(rates["business"]), False) if "business" in rates else (None, False)


def _together(how: str, premium: Fraction, work: Fraction) -> Fraction:
    if how == "product":
        return premium * work
    reduction = min(Fraction(1), premium, work)
    if how == "sum":
        return (1 + max(Fraction(0), premium - 1) + max(Fraction(0), work - 1)) * reduction
    return max(Fraction(1), premium, work) * reduction
