"""The explanation of a clock in words."""

from __future__ import annotations

from desk.calendars import zones
from desk.calendars.times import duration, iso, to_datetime

from .clock import Stretch, Threshold
from .explain import Explanation, Leg, Measured


def as_text(told: Explanation) -> str:
    """One statement a line, times in the calendar's zone."""
    rev = told.revisions[-1]
    zone = rev.zone
    lines = [f"{told.clock}, cycle {told.cycle}, as of {iso(told.at)}"]
    lines += [f"policy {told.policy} v{told.policy_version}"]
    lines += [f"  {why}" for why in (*told.policy_why, *told.goal_why)]
    lines.append(f"calendar {rev.calendar} v{rev.calendar_version}, zone {zone} (from {rev.zone_source})")
    lines.append(f"started {_local(told.starts_at, zone)}")
    lines += [_revision(one, zone) for one in told.revisions]
    lines += [_stretch(part, zone) for part in told.stretches]
    lines.append(f"used {duration(told.elapsed)} of {_target(rev.target)}; {duration(told.paused)} paused")
    lines += [_leg(leg, zone) for leg in told.legs]
    lines.append(_due(told, zone))
    lines += [_threshold("reached", one, zone) for one in told.reached]
    lines += [_threshold("ahead", one, zone) for one in told.ahead]
    lines.append(_verdict(told, zone))
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


def _due(told: Explanation, zone: str) -> str:
    if told.due is not None:
        return f"due {_local(told.due, zone)}"
    if told.remaining is None:
        return "no due time: no SLA"
    return f"no due time: {duration(told.remaining)} left when it resumes"


def _threshold(word: str, one: Threshold, zone: str) -> str:
    return f"{word} {one.percent} % {_local(one.at, zone)}"


def _verdict(told: Explanation, zone: str) -> str:
    if told.breached_at is not None:
        return f"verdict breached {_local(told.breached_at, zone)} (target revision {told.breached_rev})"
    stopped = f", stopped {_local(told.stopped_at, zone)}" if told.stopped_at is not None else ""
    return f"verdict {told.verdict}, {told.state}{stopped}"
