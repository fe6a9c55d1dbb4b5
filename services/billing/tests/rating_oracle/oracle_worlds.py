"""Random worlds of labour, with odd zones, changes of time, crowded documents. Valid by construction."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .oracle_minutes import zone_of

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Etc/UTC")
BORDERS = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5))
ROLES, TYPES = ("technician", "engineer", "architect"), ("", "onsite", "emergency", "travel", "trip")
CURRENCIES = ("EUR", "EUR", "EUR", "JPY", "KWD")
PEOPLE = ("tess", "tom", "tia")
Document = dict[str, Any]  # Any: a document as written


class Maker:
    """Makes one world from a seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.zone = self.rng.choice(ZONES)
        self.first = self._first_day()
        self.currency = self.rng.choice(CURRENCIES)
        self.named = self.rng.random() < 0.3

    def world(self) -> Document:
        found: Document = {"calendar": self._calendar(), "card": [self._card(), *self._later(self._card)]}
        found["rules"] = [self._rules(), *self._later(self._rules)]
        found["pools"] = [self._pool(name) for name in ("A", "B", "C")[: self._some(0, 0, 1, 2, 3)]]
        found["terms"] = self._terms([pool["id"] for pool in found["pools"]])
        agreements = [one["agreement"] for one in found["terms"]]
        own = [one["agreement"] for one in found["terms"] if one["client"] == "acme"]
        for pool in found["pools"]:
            if own and self.rng.random() < 0.3:
                pool["agreement"] = own[0]
        found["tickets"] = [self._ticket(number) for number in (1, 2, 3)]
        found["entries"] = [self._entry(number, agreements) for number in range(self.rng.randint(3, 7))]
        return found

    def _some(self, *choices: int) -> int:
        return self.rng.choice(choices)

    def _first_day(self) -> date:
        if self.rng.random() < 0.4:
            return self.rng.choice(BORDERS) - timedelta(days=1)
        if self.rng.random() < 0.4:
            return date(2026, self.rng.randint(1, 12), 1) - timedelta(days=1)
        return date(2026, 1, 1) + timedelta(days=self.rng.randrange(360))

    def _day(self) -> str:
        return (self.first + timedelta(days=self.rng.randrange(3))).isoformat()

    def _calendar(self) -> Document:
        windows = self.rng.choice((["08:00-18:00"], ["08:00-12:00", "13:00-17:30"], ["00:00-24:00"], ["22:00-06:00+1"]))
        days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[: self._some(5, 5, 7)]
        found: Document = {"id": "any", "version": 1, "zone": self.zone, "week": dict.fromkeys(days, windows)}
        if self.rng.random() < 0.3:
            found["days"] = [{"day": self._day(), "name": "own"}]
        return found

    def _money(self, *values: object) -> object:
        return self.rng.choice((*values, str(self.rng.randint(1, 30_000) / 100)))

    def _later(self, make: Any) -> list[Document]:
        if self.rng.random() > 0.15:
            return []
        return [{**make(), "effective_from": self._day()}]

    def _card(self) -> Document:
        found: Document = {"currency": self.currency, "default_role": "technician", "roles": {}}
        for role in ROLES[: self._some(1, 2, 2)]:
            rate = self._money(120, 165, "123.4567", "0.30")
            banded = {"business": rate, "after-hours": self._money(200)}
            found["roles"][role] = banded if self.rng.random() < 0.2 else rate
        if self.rng.random() < 0.2:
            found["roles"]["all"] = 77
        found["bands"] = {"after-hours": self.rng.choice((1, 1.5, 2, 0.8))}
        if self.rng.random() < 0.6:
            found["bands"]["holiday"] = 2
        if self.named:
            found["bands"]["evening"] = {"times": 1.25, "windows": ["18:00-21:00"]}
            found["bands"]["night"] = {"times": 1.75, "windows": ["21:00-05:00+1"]}
        if self.rng.random() < 0.6:
            found["work_types"] = {"emergency": 2, "travel": 0.5}
        found["compose"] = self.rng.choice(("max", "max", "product", "sum"))
        return found

    def _when(self) -> Document:
        choices: Document = {
            "role": self.rng.choice(ROLES),
            "work_type": self.rng.choice((["onsite", "travel"], "emergency", "trip")),
            "band": self.rng.choice(("business", "after-hours", ["holiday", "after-hours"])),
            "kind": self.rng.choice(("incident", "project")),
            "client": self.rng.choice(("acme", "beta")),
            "cycle": self.rng.choice(("1", "2+")),
        }
        keys = self.rng.sample(sorted(choices), self.rng.choice((1, 1, 2)))
        return {key: choices[key] for key in keys}

    def _rules(self) -> Document:
        rules: list[Document] = [] if self.rng.random() < 0.05 else [{"name": "tm", "then": "billable"}]
        for number in range(self._some(0, 1, 2, 3, 4)):
            then = self.rng.choice(("billable", "covered", "non-billable", "prepaid"))
            rule: Document = {"name": f"r{number}", "when": self._when(), "then": then, "priority": number}
            if then == "non-billable" and self.rng.random() < 0.5:
                rule["first_minutes"] = self.rng.randint(1, 60)
            rules.append(rule)
        found: Document = {"rules": rules or [{"name": "none", "when": {"role": "nobody"}, "then": "billable"}]}
        found["rounding"] = self._rounding()
        if self.rng.random() < 0.2:
            found["second"] = self.rng.choice(("half", "none"))
        if self.rng.random() < 0.2:
            found["same_person"] = "once"
        if self.rng.random() < 0.2:
            found["trip_fees"] = [{"name": "trip", "when": {"work_type": "trip"}, "fee": "60.5"}]
        return found

    def _rounding(self) -> Document:
        found: Document = {}
        for key, values in (
            ("unit", ("entry", "session", "ticket", "ticket-day")),
            ("step", (1, 6, 15, 60)),
            ("direction", ("up", "nearest", "down")),
            ("minimum", (0, 15, 30)),
            ("call_out", (0, 60)),
            ("grace", (0, 10)),
        ):
            if self.rng.random() < 0.5:
                found[key] = self.rng.choice(values)
        if self.rng.random() < 0.15:
            found["maximum"] = self.rng.choice((60, 90))
        return found

    def _span(self) -> Document:
        found: Document = {}
        if self.rng.random() < 0.3:
            found["from"] = self._day()
        if self.rng.random() < 0.3:
            found["to"] = (self.first + timedelta(days=self.rng.randint(3, 5))).isoformat()
        elif self.rng.random() < 0.3 and "from" not in found:
            found["to"] = self._day()
        return found

    def _pool(self, name: str) -> Document:
        unit = self.rng.choice(("minutes", "minutes", "minutes", "hours", "money", "tickets"))
        found: Document = {"id": name, "client": "acme", "unit": unit, "quantity": self.rng.randint(0, 150)}
        if unit == "hours":
            found["quantity"] = self.rng.choice((0.5, 1, 2))
        if unit == "tickets":
            found["quantity"] = self.rng.randint(0, 2)
        if unit == "money":
            found["currency"] = self.currency
        if unit in ("minutes", "hours"):
            if self.rng.random() < 0.4:
                found["burn"] = {"work_types": {"emergency": 2}, "bands": {"after-hours": self.rng.choice((1.5, 0.5))}}
            if self.rng.random() < 0.2:
                found["floor"] = -1
        if self.rng.random() < 0.4:
            found["scope"] = self._when()
        if self.rng.random() < 0.3:
            found["priority"] = self.rng.randint(-1, 1)
        return {**found, **self._span()}

    def _terms(self, pools: list[str]) -> list[Document]:
        found = []
        for number in range(self._some(0, 1, 1, 2)):
            one: Document = {"agreement": f"g{number}", "client": self.rng.choice(("acme", "acme", "beta"))}
            one["covers"] = self._choosers("c", "covered", "prepaid", "non-billable")
            one["excludes"] = self._choosers("x")
            for rule in one["excludes"]:
                if pools and one["client"] == "acme" and self.rng.random() < 0.4:
                    rule["to"] = {"pool": self.rng.choice(pools)}
            if self.rng.random() < 0.4:
                one["rates"] = self._rates()
            if self.rng.random() < 0.5:
                one["overage_rate"] = 150
                one["overage_bands"] = self.rng.random() < 0.3
            self._maybe(one, 0.3, rounding=self._rounding(), draw="worked")
            self._maybe(one, 0.15, accept_entry_rate=True, second="half", default=True)
            self._maybe(
                one, 0.15, cap={"amount": self.rng.randint(0, 400), "per": self.rng.choice(("ticket", "period"))}
            )
            found.append({**one, **self._span()})
        return found

    def _maybe(self, document: Document, chance: float, **fields: object) -> None:
        document.update({key: value for key, value in fields.items() if self.rng.random() < chance})

    def _choosers(self, prefix: str, *then: str) -> list[Document]:
        found = []
        for number in range(self._some(0, 1, 2)):
            rule: Document = {"name": f"{prefix}{number}", "when": self._when(), "priority": number}
            if then:
                rule["then"] = self.rng.choice(then)
            found.append(rule)
        return found

    def _rates(self) -> list[Document]:
        found: list[Document] = []
        for keys in ((), ("role",), ("work_type",), ("role", "work_type")):
            if self.rng.random() < 0.4:
                how = self.rng.choice(("rate", "add", "times"))
                value = {"rate": self._money(100), "add": self.rng.randint(-130, 40), "times": 0.9}[how]
                names = {"role": "engineer", "work_type": "onsite"}
                found.append({**{key: names[key] for key in keys}, how: value})
        return found

    def _ticket(self, number: int) -> Document:
        found: Document = {"id": f"t{number}", "client": "acme" if self.rng.random() < 0.8 else "beta"}
        if number == 2 and self.rng.random() < 0.2:
            found["merged_into"] = "t1"
        found["kind"] = self.rng.choice(("incident", "incident", "project"))
        if self.rng.random() < 0.1:
            found |= {"method": self.rng.choice(("fixed-fee", "not-to-exceed")), "amount": self.rng.randint(0, 300)}
        if self.rng.random() < 0.05:
            found["rate"] = 99
        return found

    def _entry(self, number: int, agreements: list[str]) -> Document:
        begin = datetime.combine(self.first, datetime.min.time(), zone_of(self.zone)).astimezone(UTC)
        hour = self.rng.choice((7, 8, 17, 23, 24, 25, 31, 41, 47, self.rng.randrange(72)))
        start = begin + timedelta(minutes=hour * 60 + self.rng.choice((0, 15, 30, 50, self.rng.randrange(60))))
        length = self.rng.choice((5, 11, 20, 60, self.rng.randint(1, 240)))
        found: Document = {
            "entry": f"e{number}",
            "ticket": self.rng.choice(("t1", "t1", "t2", "t3")),
            "technician": self.rng.choice(PEOPLE),
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=length)).isoformat(),
            "role": self.rng.choice((*ROLES[:2], "", "technician")),
            "work_type": self.rng.choice(TYPES),
            "billable": self.rng.choice(("", "", "", "", "", "DoNotBill", "NoCharge")),
        }
        if self.rng.random() < 0.3:
            found["minutes"] = self.rng.randint(0, length)
        self._maybe(found, 0.1, cycle=2, party="client-it", rate=88)
        self._maybe(found, 0.3, session="s1")
        if agreements and self.rng.random() < 0.15:
            found["agreement"] = self.rng.choice((*agreements, "missing"))
        return found


def world(seed: int) -> Document:
    """The world of a seed."""
    return Maker(seed).world()
