"""Triage's facts about attempts inside a cycle: the change, the fix, its verification, the check of monitoring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from desk.contract.event import CycleRule, Payload, Spec, Text

_ATTEMPT = ("cycle", "attempt")
FixKind = Literal["fix", "cleared-itself", "fulfilled"]
OF_KIND: dict[str, str] = {"cleared-itself": "alert", "fulfilled": "request"}
"""Kinds of fixes that only one kind of ticket may have."""
_AGAIN = "revert the fix (revert-fix) and record it again (record-fix)"
_REMEDIES: Mapping[str, str] = {
    "tier_forbidden": f"let Tier 2 take over, {_AGAIN}",
    "verification_too_low": f"verify the caller at level 2 (verify-caller), {_AGAIN}",
    "verification_expired": f"verify the caller again (verify-caller), {_AGAIN}",
    "change_required": "revert the fix (revert-fix): the device is shared, and the desk records no approved change yet",
}
"""Remedies by the rule that the recorded fix broke."""


def remedy_of(violation: str) -> str:
    """The remedy of a recorded fix that broke this rule, named by its refusal code."""
    return _REMEDIES.get(violation, f"revert the fix, which broke the rule {violation} (revert-fix)")


def fits(fix: str | None, kind: str) -> bool:
    """Whether a ticket of that kind may have a fix of that kind."""
    return OF_KIND.get(fix or "fix", kind) == kind


class ChangeLinked(Payload, frozen=True, kw_only=True):
    """A change request that the fix needs was linked."""

    spec = Spec("triage", ("change",))
    change: str
    scope: str


class FixStarted(Payload, frozen=True, kw_only=True):
    """Step 12: work on the system began, after its gate."""

    spec = Spec("triage", _ATTEMPT, CycleRule.ALWAYS)
    device: str | None = None
    asset_class: str | None = None
    privileged: bool = False
    change: str | None = None


class FixApplied(Payload, frozen=True, kw_only=True):
    """Step 12: a fix was applied: what was changed and where. `violation` names the rule that it broke.

    It was judged by `asset_classes`: of the linked device, of devices that the record names, and as stated.
    `text_hash` is an HMAC of the record under the subject's key.
    """

    spec = Spec("triage", _ATTEMPT, CycleRule.ALWAYS)
    what: Text
    where: Text | None = None
    kind: FixKind = "fix"
    change: str | None = None
    user_present: bool = False
    session: str | None = None
    violation: str | None = None
    caller_level: int = 0
    asset_classes: tuple[str, ...] = ()
    privileged: bool = False
    text_hash: str = ""


class FixReverted(Payload, frozen=True, kw_only=True):
    """The fix was reverted, and why."""

    spec = Spec("triage", _ATTEMPT, CycleRule.ALWAYS)
    why: Text
    text_hash: str = ""


class FixVerified(Payload, frozen=True, kw_only=True):
    """Step 13: the original failing action was verified to work: observed (session, on site, monitor) or only confirmed
    by the user."""

    spec = Spec("triage", _ATTEMPT, CycleRule.ALWAYS)
    how: Literal["observed", "user-confirmed", "sample"]
    where: Literal["session", "on-site", "monitor"] | None = None
    session: str | None = None
    text_hash: str = ""


class VerificationFailed(Payload, frozen=True, kw_only=True):
    """Step 13: the verification failed; a new attempt follows."""

    spec = Spec("triage", _ATTEMPT, CycleRule.ALWAYS)
    what_failed: Text
    seen_by: str
    route: Literal["diagnosis", "tier2"] = "diagnosis"
    text_hash: str = ""


class VerificationWaived(Payload, frozen=True, kw_only=True):
    """Step 13: the verification was waived, for a listed reason."""

    spec = Spec("triage", _ATTEMPT, CycleRule.ALWAYS)
    reason: str
    tries: tuple[datetime, ...] = ()
    text_hash: str = ""


class MonitoringChecked(Payload, frozen=True, kw_only=True):
    """Step 14: monitoring was checked in the window after the fix, without an alert that counts.

    `source` was asked about `devices` at `window_to`; it is empty where none was asked, and `devices` where none was
    linked. `reason` is a code that says why the state is `unknown` or `not-applicable`. `unavailable` names what the
    source cannot report.
    """

    spec = Spec("triage", (*_ATTEMPT, "window_to"), CycleRule.ALWAYS)
    state: Literal["clear", "unknown", "not-applicable"]
    window_to: datetime
    devices: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    source: str = ""
    reason: str = ""
    unavailable: tuple[str, ...] = ()


class MonitoringRegressed(Payload, frozen=True, kw_only=True):
    """Step 14: an alert that counts fired after the fix. `source` listed it, as `what`, open at `active_at`."""

    spec = Spec("triage", (*_ATTEMPT, "alert"), CycleRule.ALWAYS)
    alert: str
    active_at: datetime
    source: str = ""
    what: Text = ""


FACTS: tuple[type[Payload], ...] = (
    ChangeLinked,
    FixStarted,
    FixApplied,
    FixReverted,
    FixVerified,
    VerificationFailed,
    VerificationWaived,
    MonitoringChecked,
    MonitoringRegressed,
)
