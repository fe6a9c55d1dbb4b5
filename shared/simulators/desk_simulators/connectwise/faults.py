"""What can go wrong on purpose, by knob. Shares are 0..1 of the calls or callbacks; times are seconds."""

import random
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from desk_simulators.connectwise.scripts import Scripts

KINDS = ("slow", "too-many-requests", "server-error", "act-then-time-out")


@dataclass(frozen=True, slots=True)
class OneShot:
    """The next call with this method whose path (below the API root) starts so meets this fault, once."""

    kind: str
    method: str = ""
    path: str = ""

    def meets(self, method: str, path: str) -> bool:
        return self.method in ("", method) and path.startswith(self.path)


@dataclass(slots=True)
class Faults:
    """Knobs, all off by default; they may be turned while the simulator runs.

    `codebase` replaces the installed one: calls under the former path get 404 until it is looked up again.
    `date_skew_seconds` shifts the `Date` header against the PSA's clock, and may be negative. `scripts` answers single
    paths otherwise.
    `callbacks_shuffle_seconds` delays each callback by a random time up to this, so that later ones overtake.
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
    api_server_error: float = 0.0
    api_act_then_time_out: float = 0.0
    date_skew_seconds: float = 0.0
    codebase: str | None = None
    _once: list[OneShot] = field(default_factory=list, repr=False)
    _api: random.Random = field(init=False, repr=False)
    _callbacks: random.Random = field(init=False, repr=False)
    _scripts: Scripts = field(default_factory=Scripts, repr=False)

    def __post_init__(self) -> None:
        for name, value in self.knobs().items():
            _check(name, value)
        self._reseed()

    def change(self, values: dict[str, Any]) -> None:
        """Turn knobs by name. Raises ValueError that names the knob and what it takes; then nothing is changed."""
        known = self.knobs()
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown fault {name!r}; known: {', '.join(known)}")
            _check(name, value)
        for name, value in values.items():
            setattr(self, name, value)
        if "seed" in values:
            self._reseed()

    def reset(self) -> None:
        """All knobs off, no fault waiting, no script; the dice start anew."""
        self.change({**Faults().knobs(), "seed": self.seed})
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

    def callback_delays(self) -> list[float]:
        """When the copies of one callback are due, in seconds from now: none = lost, two = doubled."""
        dice = self._callbacks
        if self.callbacks_lost and dice.random() < self.callbacks_lost:
            return []
        copies = 2 if self.callbacks_doubled and dice.random() < self.callbacks_doubled else 1
        return [self.callbacks_delay_seconds + dice.random() * self.callbacks_shuffle_seconds for _ in range(copies)]

    def _shares(self) -> tuple[tuple[str, float], ...]:
        shares = (self.api_slow, self.api_too_many_requests, self.api_server_error, self.api_act_then_time_out)
        return tuple(zip(KINDS, shares, strict=True))

    def _reseed(self) -> None:
        self._api = random.Random(f"api:{self.seed}")
        self._callbacks = random.Random(f"callbacks:{self.seed}")


def _check(name: str, value: Any) -> None:
    if name == "codebase":
        if value is not None and not (isinstance(value, str) and value.endswith("/")):
            raise ValueError("codebase must be null or a text such as 'v2025_2/' that ends with a slash")
    elif name == "date_skew_seconds":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("date_skew_seconds must be a number")
    elif isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name} must be a number that is not negative")
    elif name == "seed" and not isinstance(value, int):
        raise ValueError("seed must be a whole number")
    elif name not in ("seed",) and not name.endswith("_seconds") and value > 1:
        raise ValueError(f"{name} is a share and must be between 0 and 1")
