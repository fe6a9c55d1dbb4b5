"""The oracle: walks the minutes of every entry, and meets demands minute by minute, in exact fractions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from functools import cache
from typing import Any

from .oracle_class import Document, Judge, State
from .oracle_minutes import number

PLACES = {"EUR": 2, "JPY": 0, "KWD": 3}


@dataclass
class Part:
    """Part of an entry while it is walked: `minutes` worked and `charged`."""

    entry: Document
    state: State
    minutes: int
    charged: int = 0
    kind: str = ""
    reason: str = ""
    pool: str = ""
    drawn: Fraction = Fraction(0)
    rate: Fraction | None = None
    amount: Fraction = Fraction(0)
    unit: tuple[str, ...] = ()
    fixed: bool = False

    @property
    def chargeable(self) -> bool:
        return self.kind in ("billable", "prepaid") and self.state.fee is None


@dataclass
class Oracle:
    """The answer for a world: parts by entry, and what is left in pools."""

    world: Document
    left: dict[str, Fraction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.judge = Judge(self.world)
        self.card = self.world["card"][0]
        self.entries = sorted(self.world["entries"], key=lambda one: (moment(one["start"]), one["entry"]))
        self.pools = {pool["id"]: pool for pool in self.world.get("pools", [])}
        self.left = {name: self._granted(pool) for name, pool in self.pools.items()}
        self.tickets_taken: set[tuple[str, str]] = set()

    @staticmethod
    def _granted(pool: Document) -> Fraction:
        return number(pool["quantity"]) * (60 if pool.get("unit") == "hours" else 1)

    def answer(self) -> dict[str, list[Part]]:
        parts = [part for entry in self.entries for part in self._walk(entry)]
        self._round(parts)
        found: list[Part] = []
        for part in parts:
            found += self._draw(part)
        self._price(found)
        found = self._cap(self._fees(found))
        return {entry["entry"]: [one for one in found if one.entry is entry] for entry in self.entries}

    def _walk(self, entry: Document) -> list[Part]:
        start, end = moment(entry["start"]), moment(entry["end"])
        worked = entry.get("minutes", end - start)
        runs: list[tuple[State, int]] = []
        others = [one for one in self.entries if self._meets(one, entry)]
        raw: State | None = None
        for minute in range(start, end):
            state = self.judge.state(entry, minute)
            if not others and state is raw:
                runs[-1] = (runs[-1][0], runs[-1][1] + 1)
                continue
            raw = state
            state = self._overlapped(state, entry, minute, others) if others else state
            if runs and runs[-1][0] == state:
                runs[-1] = (runs[-1][0], runs[-1][1] + 1)
            else:
                runs.append((state, 1))
        if worked <= 0 or not runs:
            return []
        counts = divided(worked, [(length, state.factor) for state, length in runs])
        found: list[Part] = []
        used: dict[str, int] = {}
        for (state, _), count in zip(runs, counts, strict=True):
            for _ in range(count):
                now = state
                while now.first is not None and now.beyond is not None and used.get(now.rule, 0) >= now.first:
                    now = now.beyond
                if now.first is not None:
                    used[now.rule] = used.get(now.rule, 0) + 1
                if found and (found[-1].state is now or _line(found[-1].state) == _line(now)):
                    found[-1].minutes += 1
                else:
                    found.append(Part(entry, now, 1, kind=now.kind, reason=now.reason, rate=now.rate))
        return found

    def unit(self, state: State) -> str:
        return str(self.rounding(state).get("unit", "entry"))

    def rounding(self, state: State) -> Mapping[str, Any]:
        return self.judge.rounding(state.terms, state.rules)

    def _overlapped(self, state: State, entry: Document, minute: int, others: list[Document]) -> State:
        if state.kind not in ("billable", "prepaid"):
            return state
        terms = self.world["terms"][state.terms] if state.terms >= 0 else {}
        rules = self.world["rules"][state.rules]
        second = terms.get("second") or rules.get("second", "bill")
        person = terms.get("same_person") or rules.get("same_person", "both")
        before = [one for one in others if moment(one["start"]) <= minute < moment(one["end"])]
        if person == "once" and any(one["technician"] == entry["technician"] for one in before):
            return replace(_plain(state), kind="non-billable", reason="overlap", rule="same-person")
        found = [one for one in before if one["ticket"] == entry["ticket"] and one["technician"] != entry["technician"]]
        if found and second == "none":
            return replace(_plain(state), kind="non-billable", reason="second", rule="second-technician")
        if found and second == "half" and state.rate is not None:
            return replace(state, rate=state.rate / 2, half=True)
        return state

    @staticmethod
    def _meets(one: Document, entry: Document) -> bool:
        """Whether the other entry has minutes of this one and comes before it."""
        if one is entry or one.get("party") == "client-it" or one.get("minutes") == 0:
            return False
        begins, starts = moment(one["start"]), moment(entry["start"])
        overlaps = begins < moment(entry["end"]) and starts < moment(one["end"])
        return overlaps and (begins, one["entry"]) < (starts, entry["entry"])

    def _round(self, parts: list[Part]) -> None:
        groups: dict[tuple[str, ...], list[Part]] = {}
        for part in parts:
            part.unit = self._unit_of(part)
            groups.setdefault(part.unit, []).append(part)
        for group in groups.values():
            self._round_unit(group)

    def _unit_of(self, part: Part) -> tuple[str, ...]:
        entry, unit = part.entry, self.unit(part.state)
        cycle = str(entry.get("cycle", 1))
        if unit == "ticket":
            return ("t", entry["ticket"], cycle)
        if unit == "ticket-day":
            return ("d", entry["ticket"], cycle, part.state.day)
        if unit == "session" and entry.get("session"):
            return ("s", entry["ticket"], cycle, entry["session"])
        return ("e", entry["entry"])

    def _round_unit(self, group: list[Part]) -> None:
        for part in group:
            part.charged = part.minutes if part.kind in ("billable", "prepaid") else 0
        mine = [part for part in group if part.chargeable]
        if not mine:
            return
        rounding = self.rounding(mine[0].state)
        total = sum(part.minutes for part in mine)
        if total < rounding.get("grace", 0) and any(part.kind == "covered" for part in group):
            for part in mine:
                part.kind, part.reason, part.charged = "covered", "grace", 0
            return
        outside = [part for part in mine if part.state.band != "business"]
        while outside and sum(part.charged for part in outside) < rounding.get("call_out", 0):
            outside[-1].charged += 1
        now = sum(part.charged for part in mine)
        goal = rounded_minutes(now, rounding)
        while now < goal:
            mine[-1].charged, now = mine[-1].charged + 1, now + 1
        while now > goal:
            last = [part for part in mine if part.charged][-1]
            last.charged, now = last.charged - 1, now - 1

    def _order(self, state: State) -> list[Document]:
        """Usable pools: higher priority, earlier end, earlier start, id."""
        mine = [self.pools[name] for name in state.usable]
        key = lambda pool: (-pool.get("priority", 0), str(pool.get("to", "9")), str(pool.get("from", "")), pool["id"])  # noqa: E731
        return sorted(mine, key=key)

    def burn(self, pool: Document, part: Part) -> Fraction:
        labour = self.judge.labour(part.entry, part.state)
        burn = pool.get("burn", {})
        found = [Fraction(1)] if not burn else []
        for kind, key in (("roles", "role"), ("work_types", "work_type"), ("bands", "band")):
            found += [number(value) for name, value in burn.get(kind, {}).items() if name == labour[key]]
        return (max(found) if found else Fraction(1)) * (Fraction(1, 2) if part.state.half else 1)

    def _draw(self, part: Part) -> list[Part]:
        if part.kind not in ("billable", "prepaid") or not (part.state.scoped or part.kind == "prepaid"):
            return [part]
        if self._ticket(part):
            return [part]
        terms = self.world["terms"][part.state.payer] if part.state.payer >= 0 else {}
        worked = terms.get("draw") == "worked"
        need = (part.minutes if part.charged else 0) if worked else part.charged
        paid: list[tuple[str, int, Fraction]] = []
        done = 0
        for pool in self._order(part.state):
            if pool.get("unit") == "tickets":
                continue
            count, used = self._from(pool, part, need - done)
            if count:
                paid.append((pool["id"], count, used))
                self.left[pool["id"]] -= used
                done += count
        return self._parts(part, paid, need, terms)

    def _ticket(self, part: Part) -> bool:
        """Cover the part by a ticket: one that its ticket took, or another if a pool of tickets comes first."""
        root = self._root(part.entry["ticket"])
        scoped = [name for name in part.state.scoped if (root, name) in self.tickets_taken]
        order = self._order(part.state)
        if not scoped and part.charged:
            for pool in order:
                if pool.get("unit") == "tickets" and self._room(pool) >= 1:
                    self.tickets_taken.add((root, pool["id"]))
                    self.left[pool["id"]] -= 1
                    scoped = [pool["id"]]
                    break
                if pool.get("unit") != "tickets" and self._from(pool, part, 1)[0]:
                    break
        if not scoped:
            return False
        ranked = [pool for pool in self._order(replace(part.state, usable=part.state.scoped)) if pool["id"] in scoped]
        part.kind, part.reason, part.charged, part.pool = "covered", part.reason, 0, ranked[0]["id"]
        return True

    def _root(self, ticket: str) -> str:
        while self.judge.tickets[ticket].get("merged_into"):
            ticket = self.judge.tickets[ticket]["merged_into"]
        return ticket

    def _room(self, pool: Document) -> Fraction:
        return self.left[pool["id"]] - number(pool.get("floor", 0)) * (60 if pool.get("unit") == "hours" else 1)

    def _from(self, pool: Document, part: Part, wanted: int) -> tuple[int, Fraction]:
        """Take minute after minute while the pool has enough."""
        if pool.get("unit") == "money":
            if part.rate is None or pool["currency"] != self.card["currency"]:
                return 0, Fraction(0)
            count = wanted
            while count > 0 and self.rounded(part.rate * count / 60) > self._room(pool):
                count -= 1
            return count, self.rounded(part.rate * count / 60) if count else Fraction(0)
        factor, room, count = self.burn(pool, part), self._room(pool), 0
        while count < wanted and room - factor * (count + 1) >= 0:
            count += 1
        return count, factor * count

    def _parts(
        self, part: Part, paid: list[tuple[str, int, Fraction]], need: int, terms: Mapping[str, Any]
    ) -> list[Part]:
        found: list[Part] = []
        minutes, charged = part.minutes, part.charged
        for name, count, used in paid:
            need -= count
            worked = minutes if need == 0 else min(minutes, count)
            minutes, charged = minutes - worked, charged - count
            one = replace(part, minutes=worked, charged=count, kind="prepaid", reason="", pool=name, drawn=used)
            if self.pools[name].get("unit") == "money":
                one.amount = used
            found.append(one)
        if paid and need == 0:
            return found
        last = replace(part, minutes=minutes, charged=max(0, charged))
        counted = any(self.pools[name].get("unit", "minutes") in ("hours", "minutes") for name in part.state.scoped)
        if part.kind == "prepaid" or (counted and need > 0):
            self._overage(last, terms)
        return [*found, last]

    def _overage(self, last: Part, terms: Mapping[str, Any]) -> None:
        if "overage_rate" in terms:
            last.rate = number(terms["overage_rate"])
            if last.state.half:
                last.rate /= 2
            if terms.get("overage_bands"):
                last.rate *= last.state.premium
        if last.rate is None:
            last.kind, last.reason, last.charged = "time-unmatched", "no-rate", 0
        else:
            last.kind, last.reason = "billable", "overage"

    def rounded(self, value: Fraction) -> Fraction:
        places = 10 ** PLACES[self.card["currency"]]
        whole, part = divmod(value * places, 1)
        even = self.world["rules"][0].get("round_half") == "even"
        up = part > Fraction(1, 2) or (part == Fraction(1, 2) and (not even or whole % 2 == 1))
        return Fraction(whole + (1 if up else 0), places)

    def _price(self, parts: list[Part]) -> None:
        so_far: dict[tuple[object, ...], Fraction] = {}
        for part in parts:
            if part.kind != "billable" or part.rate is None:
                continue
            key = (part.unit, part.rate)
            before = so_far.get(key, Fraction(0))
            so_far[key] = before + part.rate * part.charged / 60
            part.amount = self.rounded(so_far[key]) - self.rounded(before)

    def _fees(self, parts: list[Part]) -> list[Part]:
        charged: set[tuple[str, ...]] = set()
        for part in parts:
            ticket = self.judge.tickets[part.entry["ticket"]]
            key: tuple[str, ...] = ()
            if part.kind == "billable" and part.state.rule == "fixed-fee":
                key, fee = ("fixed", ticket["id"]), number(ticket["amount"])
            elif part.kind == "billable" and part.state.fee is not None:
                key, fee = ("trip", part.entry["technician"], ticket["id"], part.state.day), part.state.fee
            if key:
                part.rate, part.fixed = Fraction(0), True
                part.amount = self.rounded(fee) if key not in charged else Fraction(0)
                charged.add(key)
        return parts

    def _cap(self, parts: list[Part]) -> list[Part]:
        spent: dict[tuple[str, ...], Fraction] = {}
        found: list[Part] = []
        for part in parts:
            caps = self._caps(part) if part.kind == "billable" else []
            room = min((cap - spent.get(key, Fraction(0)) for key, cap in caps), default=part.amount)
            kept = [part] if part.amount <= room else self._cut(part, max(room, Fraction(0)))
            for key, _ in caps:
                spent[key] = spent.get(key, Fraction(0)) + sum(one.amount for one in kept if one.kind == "billable")
            found += kept
        return found

    def _caps(self, part: Part) -> list[tuple[tuple[str, ...], Fraction]]:
        ticket = self.judge.tickets[part.entry["ticket"]]
        found: list[tuple[tuple[str, ...], Fraction]] = []
        if ticket.get("method") == "not-to-exceed":
            found.append((("ticket", ticket["id"]), number(ticket["amount"])))
        terms = self.world["terms"][part.state.payer] if part.state.payer >= 0 else {}
        if "cap" in terms:
            per = terms["cap"].get("per", "ticket")
            place = ticket["id"] if per == "ticket" else part.state.month
            found.append((("terms", terms["agreement"], per, place), number(terms["cap"]["amount"])))
        return found

    def _cut(self, part: Part, room: Fraction) -> list[Part]:
        count = 0 if part.fixed else part.charged
        while count and self.rounded((part.rate or Fraction(0)) * count / 60) > room:
            count -= 1
        worked = min(part.minutes, count)
        off = replace(
            part, minutes=part.minutes - worked, charged=0, kind="non-billable", reason="cap", amount=Fraction(0)
        )
        if not count:
            return [off]
        kept = replace(
            part, minutes=worked, charged=count, amount=self.rounded((part.rate or Fraction(0)) * count / 60)
        )
        return [kept, off] if off.minutes else [kept]


def _plain(state: State) -> State:
    return replace(state, draws=False, scoped=(), usable=(), first=None, beyond=None, fee=None)


def _line(state: State) -> State:
    """The state as far as it makes a line."""
    return replace(state, first=None, beyond=None)


@cache
def moment(text: str) -> int:
    """Minutes since 1970 of an instant."""
    return int(datetime.fromisoformat(text).timestamp()) // 60


def divided(minutes: int, parts: list[tuple[int, Fraction]]) -> list[int]:
    """Minutes by length of the parts; the largest remainders first, of equal ones the lowest factor, the earliest."""
    total = sum(length for length, _ in parts)
    shares = [Fraction(minutes * length, total) for length, _ in parts]
    found = [int(share) for share in shares]
    while sum(found) < minutes:
        best = 0
        for at in range(1, len(parts)):
            left, least = shares[at] - found[at], shares[best] - found[best]
            if left > least or (left == least and parts[at][1] < parts[best][1]):
                best = at
        found[best] += 1
    return found


def rounded_minutes(minutes: int, rounding: Mapping[str, Any]) -> int:
    step, direction = rounding.get("step", 1), rounding.get("direction", "up")
    raised = max(minutes, rounding.get("minimum", 0))
    lower = raised
    while lower % step:
        lower -= 1
    goal = lower
    if lower != raised and (direction == "up" or (direction == "nearest" and 2 * (raised - lower) >= step)):
        goal = lower + step
    return int(min(goal, rounding["maximum"])) if "maximum" in rounding else int(goal)
