"""Faults on purpose, by knob. Shares are 0..1 of the calls or webhooks; times are seconds."""

import random
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from desk_simulators.kit.scripts import Scripts

KINDS = ("slow", "too-many-requests", "server-error", "act-then-time-out", "filter-ignored")
RETRY_AFTER_FORMS = ("seconds", "date", "absent")
WHOLE_NUMBERS = ("seed", "page_overlap")


@dataclass(frozen=True, slots=True)
class OneShot:
    """One fault for the next call with this method whose path (below the API root) begins so."""

    kind: str
    method: str = ""
    path: str = ""

    def meets(self, method: str, path: str) -> bool:
        return self.method in ("", method) and path.startswith(self.path)


@dataclass
class Faults:
    """Knobs, all off by default; they may be turned while the simulator runs. Vendors add their own by subclass.

    `api_filter_ignored`: lists are answered as if no filter had been sent, so that foreign rows appear.
    `api_retry_after_form`: `Retry-After` as seconds, as an HTTP date, or absent. `page_overlap`: rows of the page
    before that a page after an id repeats. `down`: every connection breaks before an answer.
    `date_skew_seconds` shifts the `Date` header against the vendor's clock, and may be negative.
    `callbacks_shuffle_seconds` delays each webhook by a random time up to this, so that later ones overtake.
    """

    seed: int = 1
    callbacks_lost: float = 0.0
    callbacks_doubled: float = 0.0
    callbacks_shuffle_seconds: float = 0.0
    callbacks_delay_seconds: float = 0.0
    api_slow: float = 0.0
    api_slow_seconds: float = 1.0
    api_too_many_requests: float = 0.0
    api_retry_after_seconds: int = 1
    api_retry_after_form: str = "seconds"
    api_server_error: float = 0.0
    api_act_then_time_out: float = 0.0
    api_filter_ignored: float = 0.0
    page_overlap: int = 0
    down: bool = False
    date_skew_seconds: float = 0.0
    _once: list[OneShot] = field(default_factory=list, repr=False)
    _api: random.Random = field(init=False, repr=False)
    _callbacks: random.Random = field(init=False, repr=False)
    _scripts: Scripts = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name, value in self.knobs().items():
            self.check(name, value)
        self._scripts = self.make_scripts()
        self._reseed()

    def make_scripts(self) -> Scripts:
        """The scripted answers; a vendor adds its own error bodies."""
        return Scripts()

    def check(self, name: str, value: object) -> None:
        """Raises ValueError that names the knob and the values it takes."""
        _check(name, value)

    def change(self, values: dict[str, Any]) -> None:
        """Turn knobs by name. Raises ValueError that names the knob and its values; then nothing is changed."""
        present = self.knobs()
        for name, value in values.items():
            if name not in present:
                raise ValueError(f"unknown fault {name!r}; known: {', '.join(present)}")
            self.check(name, value)
        for name, value in values.items():
            setattr(self, name, value)
        if "seed" in values:
            self._reseed()

    def reset(self) -> None:
        """All knobs off, no fault waiting, no script; the dice start anew."""
        self.change({**type(self)().knobs(), "seed": self.seed})
        self._once.clear()
        self._scripts.clear()

    @property
    def scripts(self) -> Scripts:
        """Answers by path, and damaged records."""
        return self._scripts

    def knobs(self) -> dict[str, Any]:
        names = [knob.name for knob in fields(self) if not knob.name.startswith("_")]
        return {name: getattr(self, name) for name in names}

    def once(self, kind: str, method: str = "", path: str = "") -> None:
        """One fault for the next matching API call, beside the shares. Raises ValueError for an unknown kind."""
        if kind not in KINDS:
            raise ValueError(f"unknown kind {kind!r}; known: {', '.join(KINDS)}")
        self._once.append(OneShot(kind, method, path.strip("/")))

    def waiting(self) -> list[dict[str, str]]:
        return [asdict(shot) for shot in self._once]

    def strike(self, method: str, path: str) -> frozenset[str]:
        """The faults that this API call meets. Draws the dice: ask once for each call."""
        struck = {kind for kind, share in self._shares() if share and self._api.random() < share}
        shot = next((shot for shot in self._once if shot.meets(method, path)), None)
        if shot is not None:
            self._once.remove(shot)
            struck.add(shot.kind)
        return frozenset(struck)

    def retry_after(self, seconds: int, now: datetime) -> dict[str, str]:
        """The `Retry-After` header in the form that the knob asks for."""
        if self.api_retry_after_form == "absent":
            return {}
        date = format_datetime((now + timedelta(seconds=seconds)).astimezone(UTC), usegmt=True)
        return {"Retry-After": date if self.api_retry_after_form == "date" else str(seconds)}

    def callback_delays(self) -> list[float]:
        """Seconds from now at which the copies of one webhook are due: none = lost, two = doubled."""
        dice = self._callbacks
        if self.callbacks_lost and dice.random() < self.callbacks_lost:
            return []
        copies = 2 if self.callbacks_doubled and dice.random() < self.callbacks_doubled else 1
        return [self.callbacks_delay_seconds + dice.random() * self.callbacks_shuffle_seconds for _ in range(copies)]

    def _shares(self) -> tuple[tuple[str, float], ...]:
        shares = (
            self.api_slow,
            self.api_too_many_requests,
            self.api_server_error,
            self.api_act_then_time_out,
            self.api_filter_ignored,
        )
        return tuple(zip(KINDS, shares, strict=True))

    def _reseed(self) -> None:
        self._api = random.Random(f"api:{self.seed}")
        self._callbacks = random.Random(f"callbacks:{self.seed}")


def _check(name: str, value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name == "down":
        if not isinstance(value, bool):
            raise ValueError("down must be true or false")
    elif name == "api_retry_after_form":
        if value not in RETRY_AFTER_FORMS:
            raise ValueError(f"api_retry_after_form must be one of {', '.join(RETRY_AFTER_FORMS)}")
    elif name == "date_skew_seconds":
        if not number:
            raise ValueError("date_skew_seconds must be a number")
    elif not number or value < 0:
        raise ValueError(f"{name} must be a number that is not negative")
    elif name in WHOLE_NUMBERS:
        if not isinstance(value, int):
            raise ValueError(f"{name} must be a whole number")
    elif not name.endswith("_seconds") and value > 1:
        raise ValueError(f"{name} is a share and must be between 0 and 1")
