"""Renders the explanation of a clock as text."""

from __future__ import annotations

from desk.calendars import zones
from desk.calendars.times import duration, iso, to_datetime

from .clock import Stretch, Threshold
from .explain import Explanation, Leg, Measured


def as_text(explanation: Explanation) -> str:
    """Render one statement per line, with times in the calendar's zone."""
    rev = explanation.revisions[-1]
    zone = rev.zone
    lines = [f"{explanation.clock}, cycle {explanation.cycle}, as of {iso(explanation.at)}"]
    lines += [f"policy {explanation.policy} v{explanation.policy_version}"]
    lines += [f"  {why}" for why in (*explanation.policy_why, *explanation.goal_why)]
    lines.append(f"calendar {rev.calendar} v{rev.calendar_version}, zone {zone} (from {rev.zone_source})")
    lines.append(f"started {_local(explanation.starts_at, zone)}")
    lines += [_revision(one, zone) for one in explanation.revisions]
    lines += [_stretch(part, zone) for part in explanation.stretches]
    lines.append(
        f"used {duration(explanation.elapsed)} of {_target(rev.target)}; {duration(explanation.paused)} paused"
    )
    lines += [_leg(leg, zone) for leg in explanation.legs]
    lines.append(_due(explanation, zone))
    lines += [_threshold("reached", one, zone) for one in explanation.reached]
    lines += [_threshold("ahead", one, zone) for one in explanation.ahead]
    lines.append(_verdict(explanation, zone))
    return "\n".join(lines) + "\n"


def _local(second: int, zone: str) -> str:
    return to_datetime(second).astimezone(zones.zone(zone)).isoformat(sep=" ")


def _target(seconds: int | None) -> str:
    return "no SLA" if seconds is None else duration(seconds)


def _revision(rev: Measured, zone: str) -> str:
    if rev.rev == 1:
        return f"target {_target(rev.target)}"
    carried = f", {duration(rev.carried)} carried over" if rev.carried else ""
    why = f"{rev.cause} changed, {rev.mode}" if rev.mode != "extension" else "extended"
    return f"target {_target(rev.target)} from {_local(rev.at, zone)}: {why}{carried}"


def _stretch(part: Stretch, zone: str) -> str:
    causes = ", ".join(" ".join(filter(None, cause)) for cause in part.causes)
    span = f"{_local(part.start, zone)} to {_local(part.end, zone)}"
    return f"  {part.kind} {span}: {duration(part.working)} of working time" + (f" ({causes})" if causes else "")


def _leg(leg: Leg, zone: str) -> str:
    several = f" in {leg.windows} windows" if leg.windows > 1 else ""
    span = f"{_local(leg.start, zone)} to {_local(leg.end, zone)}"
    return f"  + {duration(leg.seconds)}{several} from {span} = {duration(leg.total)}"


def _due(explanation: Explanation, zone: str) -> str:
    if explanation.due is not None:
        return f"due {_local(explanation.due, zone)}"
    if explanation.remaining is None:
        return "no due time: no SLA"
    return f"no due time: {duration(explanation.remaining)} left when it resumes"


def _threshold(word: str, one: Threshold, zone: str) -> str:
    return f"{word} {one.percent} % {_local(one.at, zone)}"


def _verdict(explanation: Explanation, zone: str) -> str:
    if explanation.breached_at is not None:
        return f"verdict breached {_local(explanation.breached_at, zone)} (target revision {explanation.breached_rev})"
    stopped = f", stopped {_local(explanation.stopped_at, zone)}" if explanation.stopped_at is not None else ""
    return f"verdict {explanation.verdict}, {explanation.state}{stopped}"
