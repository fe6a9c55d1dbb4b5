"""Fact types that are published and that no service records yet.

Consumers may prepare for them: name, fields and key are fixed. A test fails when a type is recorded and still listed,
and when a type is neither recorded nor listed.
"""

from __future__ import annotations

from desk.contract.event import Payload

PLANNED = frozenset(
    (
        "ActionAfterRevocation",
        "AfterHoursAccepted",
        "AgreementTermsSet",
        "AlertObserved",
        "AuthorityGranted",
        "AuthorityWithdrawn",
        "BreakGlassClosed",
        "BreakGlassOpened",
        "BreakGlassUsed",
        "ChainBroken",
        "ChainVerified",
        "ChallengeAnswered",
        "ChallengeFailed",
        "ChallengeLimitReached",
        "ChallengeSent",
        "ChangeApproved",
        "ChangeExpired",
        "ChangeImplemented",
        "ChangeLinked",
        "ChangeRejected",
        "ChangeRequested",
        "ChangeWithdrawn",
        "CoManagedSet",
        "CsatReceived",
        "EscalationProposed",
        "HolidayAdded",
        "PersonErased",
        "PrepaidDrawn",
        "PrepaidExhausted",
        "PsaSurveyObserved",
        "RepeatDetected",
        "RepeatDismissed",
        "StaffRoleSet",
        "SurveyExpired",
        "SurveyFailed",
        "SurveySent",
        "VendorIncidentChanged",
        "VendorIncidentSeen",
        "VendorIncidentVanished",
    )
)


def is_planned(payload: type[Payload]) -> bool:
    """Whether no service records facts of this type yet."""
    return payload.__name__ in PLANNED
