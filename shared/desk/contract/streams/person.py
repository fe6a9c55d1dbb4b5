"""The state of a person: contact of a client, or member of staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from desk.contract.event import Event, Payload, Text
from desk.contract.folding import on, steps
from desk.contract.streams import people as f

HOUR = timedelta(hours=1)


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A client's contact, read from a PSA's `instance` or recorded in the desk's own directory.

    `open` maps open challenges to their expiry; `challenges` are the times at which those of the last hour were sent.
    """

    revision: str = ""
    instance: str = ""
    client: str = ""
    active: bool = False
    terminated: f.Directory | None = None
    numbers_hash: str = ""
    numbers_changed: datetime | None = None
    email: Text | None = None
    upn: Text | None = None
    kinds: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    open: dict[str, datetime] = {}
    challenges: tuple[datetime, ...] = ()
    limited_until: datetime | None = None
    authorities: int = 0

    @property
    def current(self) -> bool:
        """Whether every source says that the contact is with the client."""
        return self.active and self.terminated is None


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff."""

    revision: int = 0
    oidc_subject: str | None = None
    psa_member: str | None = None
    pager_user: str | None = None
    rmm_user: str | None = None
    roles: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    left: datetime | None = None
    name_hash: str | None = None


class Person(msgspec.Struct, frozen=True):
    """A contact or a member of staff, depending on the facts."""

    contact: Contact = Contact()
    staff: Staff = Staff()
    erased: bool = False

    def evolve(self, event: Event) -> Person:
        """The person after one more fact."""
        step = EVOLVE.get(type(event.data))
        return self if step is None else step(self, event)


INITIAL = Person()
Step = Callable[[Person, Event], Person]
P = TypeVar("P", bound=Payload)


def _contact(change: Callable[[Contact, Event[P]], Contact]) -> Callable[[Person, Event[P]], Person]:
    return lambda p, e: replace(p, contact=change(p.contact, e))


def _staff(change: Callable[[Staff, Event[P]], Staff]) -> Callable[[Person, Event[P]], Person]:
    return lambda p, e: replace(p, staff=change(p.staff, e))


def _observed(c: Contact, e: Event[f.ContactObserved]) -> Contact:
    d = e.data
    return replace(
        c,
        revision=d.revision,
        instance=d.instance,
        client=d.client,
        active=d.active,
        numbers_hash=d.numbers_hash,
        email=d.email,
        upn=d.upn,
        kinds=d.kinds,
    )


def _terminated(c: Contact, e: Event[f.ContactTerminated]) -> Contact:
    return replace(c, revision=e.data.revision, terminated=e.data.source, open={})


def _reactivated(c: Contact, e: Event[f.ContactReactivated]) -> Contact:
    return replace(c, revision=e.data.revision, terminated=None, active=True)


def _number(c: Contact, e: Event[f.ContactNumberChanged]) -> Contact:
    d = e.data
    return replace(c, revision=d.revision, numbers_hash=d.numbers_hash, numbers_changed=d.at)


def _sent(c: Contact, e: Event[f.ChallengeSent]) -> Contact:
    recent = tuple(at for at in c.challenges if at > e.time - HOUR)
    return replace(c, challenges=(*recent, e.time), open={**c.open, e.data.challenge: e.data.expires})


def _answered(c: Contact, e: Event[f.ChallengeAnswered | f.ChallengeFailed]) -> Contact:
    return replace(c, open={key: until for key, until in c.open.items() if key != e.data.challenge})


def _limited(c: Contact, e: Event[f.ChallengeLimitReached]) -> Contact:
    return replace(c, limited_until=e.data.until)


def _granted(c: Contact, e: Event[f.AuthorityGranted]) -> Contact:
    return replace(c, may=tuple(sorted({*c.may, e.data.what})), authorities=c.authorities + 1)


def _withdrawn(c: Contact, e: Event[f.AuthorityWithdrawn]) -> Contact:
    return replace(c, may=tuple(what for what in c.may if what != e.data.what), authorities=c.authorities + 1)


def _mapped(s: Staff, e: Event[f.StaffMapped]) -> Staff:
    d = e.data
    return replace(
        s,
        revision=d.revision,
        oidc_subject=d.oidc_subject,
        psa_member=d.psa_member,
        pager_user=d.pager_user,
        rmm_user=d.rmm_user,
        left=None,
        name_hash=d.name_hash,
    )


def _role(s: Staff, e: Event[f.StaffRoleSet]) -> Staff:
    return replace(s, revision=e.data.revision, roles=e.data.roles, clients=e.data.clients)


def _left(s: Staff, e: Event[f.StaffLeft]) -> Staff:
    return replace(s, revision=e.data.revision, roles=(), left=e.data.at)


EVOLVE: dict[type[Payload], Step] = steps(
    on(f.ContactObserved, _contact(_observed)),
    on(f.ContactTerminated, _contact(_terminated)),
    on(f.ContactReactivated, _contact(_reactivated)),
    on(f.ContactNumberChanged, _contact(_number)),
    on(f.ChallengeSent, _contact(_sent)),
    on(f.ChallengeAnswered, _contact(_answered)),
    on(f.ChallengeFailed, _contact(_answered)),
    on(f.ChallengeLimitReached, _contact(_limited)),
    on(f.AuthorityGranted, _contact(_granted)),
    on(f.AuthorityWithdrawn, _contact(_withdrawn)),
    on(f.PersonErased, lambda p, e: replace(p, erased=True)),
    on(f.StaffMapped, _staff(_mapped)),
    on(f.StaffRoleSet, _staff(_role)),
    on(f.StaffLeft, _staff(_left)),
)
