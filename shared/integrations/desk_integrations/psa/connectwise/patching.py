"""Writes of the port as ConnectWise takes them. Pure."""

from __future__ import annotations

from desk_connectors.connectwise import NewNote, NewTicket, Patch, Ref
from desk_integrations.kinds.psa import NewPsaNote, NewPsaTicket, PsaPatch

LONGEST_SUMMARY = 100
BEFORE_OWNER, AFTER_OWNER = (
    (
        ("board", "board"),
        ("status", "status"),
    ),
    (("client", "company"), ("contact", "contact"), ("priority", "priority")),
)
"""References by our name and the vendor's, in the order in which they are sent."""
WORDS = (("impact", "impact"), ("urgency", "severity"))


def patch_of(wanted: PsaPatch) -> Patch:
    """The operations of a patch."""
    patch = _references(Patch(), wanted, BEFORE_OWNER)
    if wanted.technician is not None:
        patch = patch.reference("owner", int(wanted.technician))
    elif wanted.unassign:
        patch = patch.remove("owner")
    patch = _references(patch, wanted, AFTER_OWNER)
    for name, path in WORDS:
        if (word := wanted.values.get(name)) is not None:
            patch = patch.replace(path, word)
    return patch.replace("summary", wanted.summary[:LONGEST_SUMMARY]) if wanted.summary is not None else patch


def _references(patch: Patch, wanted: PsaPatch, paths: tuple[tuple[str, str], ...]) -> Patch:
    for name, path in paths:
        if (record := wanted.values.get(name)) is not None:
            patch = patch.reference(path, int(record))
    return patch


def new_ticket(new: NewPsaTicket) -> NewTicket:
    """A service ticket that the vendor announces to nobody."""
    return NewTicket(
        summary=new.summary[:LONGEST_SUMMARY],
        board=Ref(id=int(new.board)),
        company=Ref(id=int(new.client)),
        external_x_ref=new.reference,
        status=Ref(id=int(new.status)) if new.status else None,
        contact=Ref(id=int(new.contact)) if new.contact is not None else None,
        initial_description=new.description,
        process_notifications=False,
    )


def new_note(note: NewPsaNote) -> NewNote:
    """A note of the discussion, or of the internal analysis."""
    public = note.visibility == "public"
    return NewNote(
        text=note.text,
        detail_description_flag=public,
        internal_analysis_flag=not public,
        process_notifications=note.notify,
    )
