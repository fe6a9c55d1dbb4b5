"""Step 4: rounds the chargeable minutes of a unit once; worked minutes stay exact."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from desk.decision.policies.labour.card import BUSINESS
from desk.decision.policies.labour.rules import Rounding
from desk_billing.rating.line import Line, canonical_line


def rounded(lines: Sequence[Line]) -> list[Line]:
    """The lines with their charged minutes; the order is kept."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for at, line in enumerate(lines):
        groups.setdefault(line.unit, []).append(at)
    found = list(lines)
    for places in groups.values():
        places.sort(key=lambda at: canonical_line(found[at]))
        for at, line in zip(places, _unit([found[at] for at in places]), strict=True):
            found[at] = line
    return found


def _unit(lines: list[Line]) -> list[Line]:
    chargeable = [at for at, line in enumerate(lines) if line.chargeable]
    if not chargeable:
        return lines
    rounding = lines[chargeable[0]].setting.rounding
    if _within_grace(lines, chargeable, rounding):
        return [_spared(line) if line.chargeable else line for line in lines]
    charged = [line.minutes if line.chargeable else 0 for line in lines]
    external = [at for at in chargeable if lines[at].band != BUSINESS]
    _raise_call_out(charged, external, rounding.call_out or 0)
    before = sum(charged)
    after = charge(before, rounding)
    _place(charged, chargeable, after - before)
    return [
        replace(line, charged=charged[at], notes=(*line.notes, _note(line, charged[at], before, after, rounding)))
        if line.chargeable and (charged[at] != line.minutes or before != after)
        else line
        for at, line in enumerate(lines)
    ]


def charge(minutes: int, rounding: Rounding) -> int:
    """The charge of so many chargeable minutes: minimum, then step, then maximum."""
    step = rounding.step or 1
    raised = max(minutes, rounding.minimum or 0)
    if rounding.direction == "down":
        steps = raised // step
    elif rounding.direction == "nearest":
        steps = (2 * raised + step) // (2 * step)
    else:
        steps = -(-raised // step)
    total = steps * step
    return total if rounding.maximum is None else min(total, rounding.maximum)


def _within_grace(lines: list[Line], chargeable: list[int], rounding: Rounding) -> bool:
    covered = any(line.billing_class == "covered" for line in lines)
    return covered and sum(lines[at].minutes for at in chargeable) < (rounding.grace or 0)


def _spared(line: Line) -> Line:
    return replace(line, billing_class="covered", reason="grace", charged=0, scoped=(), usable=())


def _raise_call_out(charged: list[int], external: list[int], call_out: int) -> None:
    """Raise the minutes outside business hours to the call-out minimum, on the last of them."""
    total = sum(charged[at] for at in external)
    if external and total < call_out:
        charged[external[-1]] += call_out - total


def _place(charged: list[int], chargeable: list[int], difference: int) -> None:
    """Add the difference to the last chargeable line; take it away from the end backwards."""
    if difference >= 0:
        charged[chargeable[-1]] += difference
        return
    for at in reversed(chargeable):
        taken = min(charged[at], -difference)
        charged[at] -= taken
        difference += taken


def _note(line: Line, charged: int, before: int, after: int, rounding: Rounding) -> str:
    steps = f"{rounding.direction} to steps of {rounding.step}"
    limits = [
        f"{name} {value}" for name, value in (("minimum", rounding.minimum), ("call-out", rounding.call_out)) if value
    ]
    limits += [f"maximum {rounding.maximum}"] if rounding.maximum is not None else []
    rules = ", ".join([steps, *limits])
    return f"charged {charged} for {line.minutes}: {line.unit[0]} of {before} min becomes {after} ({rules})"
