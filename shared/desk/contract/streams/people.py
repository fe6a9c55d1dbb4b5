"""People: the clients' contacts and our own staff. Topic `desk.people.v1`, key = contact id or staff id."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from desk.contract.event import Payload, Spec, Stream, Text

P = Stream.PEOPLE
Directory = Literal["psa", "directory"]


class ContactObserved(Payload, frozen=True, kw_only=True):
    """A client's contact was read from the PSA; `numbers_hash` is an HMAC of the phone numbers on record."""

    spec = Spec("intake", ("revision",), stream=P)
    revision: str
    instance: str
    record: str
    client: str
    active: bool
    numbers_hash: str
    full_name: Text
    email: Text | None = None
    upn: Text | None = None
    kinds: tuple[str, ...] = ()


class ContactTerminated(Payload, frozen=True, kw_only=True):
    """The contact left the client: a hard stop for all requests in their name."""

    spec = Spec("intake", ("revision",), stream=P)
    revision: str
    source: Directory
    at: datetime


class ContactReactivated(Payload, frozen=True, kw_only=True):
    """The contact is active at the client again."""

    spec = Spec("intake", ("revision",), stream=P)
    revision: str
    source: Directory


class ContactNumberChanged(Payload, frozen=True, kw_only=True):
    """A number on record changed: for seven days it is not accepted for a call back."""

    spec = Spec("intake", ("revision",), stream=P)
    revision: str
    at: datetime
    numbers_hash: str


class ChallengeSent(Payload, frozen=True, kw_only=True):
    """A caller was asked to prove that they are this contact."""

    spec = Spec("intake", ("challenge",), stream=P)
    challenge: str
    ticket: str
    method: Literal["call-back", "push", "code", "manager"]
    technician: str
    expires: datetime


class ChallengeAnswered(Payload, frozen=True, kw_only=True):
    """The challenge was answered correctly."""

    spec = Spec("intake", ("challenge",), stream=P)
    challenge: str


class ChallengeFailed(Payload, frozen=True, kw_only=True):
    """The challenge was answered incorrectly, or not in time."""

    spec = Spec("intake", ("challenge",), stream=P)
    challenge: str
    reason: Literal["wrong", "expired", "refused"]


class ChallengeLimitReached(Payload, frozen=True, kw_only=True):
    """The limit of challenges for this contact was reached (three an hour, across technicians); none until `until`."""

    spec = Spec("intake", ("until",), stream=P)
    until: datetime


class AuthorityGranted(Payload, frozen=True, kw_only=True):
    """The client authorised this contact to request `what`."""

    spec = Spec("intake", ("what", "revision"), stream=P)
    what: str
    revision: int
    by: str


class AuthorityWithdrawn(Payload, frozen=True, kw_only=True):
    """The client withdrew this contact's authority to request `what`."""

    spec = Spec("intake", ("what", "revision"), stream=P)
    what: str
    revision: int
    by: str


class PersonErased(Payload, frozen=True, kw_only=True):
    """The keys of this person, and of the tickets whose contact it is or was, were destroyed."""

    spec = Spec("intake", ("erasure",), stream=P)
    erasure: str
    keys: tuple[str, ...]
    by: str
    second: str


class StaffMapped(Payload, frozen=True, kw_only=True):
    """A member of staff was mapped to accounts of the identity provider, the PSA, the pager and the RMM. `name_hash` is
    an HMAC of the name."""

    spec = Spec("intake", ("revision",), stream=P)
    revision: int
    oidc_subject: str | None = None
    psa_member: str | None = None
    pager_user: str | None = None
    rmm_user: str | None = None
    full_name: Text = ""
    name_hash: str | None = None


class StaffRoleSet(Payload, frozen=True, kw_only=True):
    """The roles of a member of staff were set; empty `clients` means every client."""

    spec = Spec("intake", ("revision",), stream=P)
    revision: int
    roles: tuple[str, ...]
    by: str
    clients: tuple[str, ...] = ()


class StaffLeft(Payload, frozen=True, kw_only=True):
    """The member of staff left the MSP."""

    spec = Spec("intake", ("revision",), stream=P)
    revision: int
    at: datetime


FACTS: tuple[type[Payload], ...] = (
    ContactObserved,
    ContactTerminated,
    ContactReactivated,
    ContactNumberChanged,
    ChallengeSent,
    ChallengeAnswered,
    ChallengeFailed,
    ChallengeLimitReached,
    AuthorityGranted,
    AuthorityWithdrawn,
    PersonErased,
    StaffMapped,
    StaffRoleSet,
    StaffLeft,
)
