"""One unreadable optional field hides no record that has the same value in another field."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from desk_connectors.connectwise.records import Note, TimeEntry, read, stamp
from desk_connectors.http import VendorAnswerInvalid

NOTE: dict[str, Any] = {
    "id": 7,
    "text": "Yes, go ahead",
    "detailDescriptionFlag": True,
    "dateCreated": "2026-01-15T14:00:00Z",
    "createdBy": "jdoe",
    "_info": {
        "dateEntered": "2026-01-15T14:00:01Z",
        "enteredBy": "asmith",
        "lastUpdated": "2026-01-15T14:00:02Z",
        "updatedBy": "asmith",
    },
}
ENTRY: dict[str, Any] = {
    "id": 8,
    "timeStart": "2026-01-15T13:00:00Z",
    "dateEntered": "2026-01-15T14:00:00Z",
    "enteredBy": "jdoe",
    "_info": NOTE["_info"],
}


def _read(kind: type[Note] | type[TimeEntry], row: dict[str, Any], **changes: Any) -> Note | TimeEntry:
    info = {**row["_info"], **changes.pop("_info", {})}
    return read(kind, msgspec.json.encode({**row, **changes, "_info": info}))


@pytest.mark.parametrize(
    ("changes", "at", "by"),
    [
        ({"dateCreated": "garbage"}, "2026-01-15T14:00:01Z", "jdoe"),
        ({"dateCreated": 5, "_info": {"dateEntered": "garbage"}}, "2026-01-15T14:00:02Z", "jdoe"),
        ({"createdBy": 5}, "2026-01-15T14:00:00Z", "asmith"),
        ({"createdBy": 5, "dateCreated": [], "ticketId": "x"}, "2026-01-15T14:00:01Z", "asmith"),
        (
            {"_info": {"dateEntered": 5, "enteredBy": {}, "lastUpdated": "?", "updatedBy": 1}},
            NOTE["dateCreated"],
            "jdoe",
        ),
    ],
)
def test_an_unreadable_optional_field_of_a_note_gives_way_to_its_equivalent(
    changes: dict[str, Any], at: str, by: str
) -> None:
    note = _read(Note, NOTE, **changes)
    assert isinstance(note, Note)
    created = note.date_created or note.info.date_entered or note.info.last_updated
    assert created is not None
    assert (stamp(created), note.created_by or note.info.entered_by, note.text) == (at, by, "Yes, go ahead")


@pytest.mark.parametrize(
    "changes", [{"dateEntered": "garbage"}, {"enteredBy": 5}, {"hoursBilled": "x", "status": 3, "company": "x"}]
)
def test_an_unreadable_optional_field_of_a_time_entry_does_not_hide_it(changes: dict[str, Any]) -> None:
    entry = _read(TimeEntry, ENTRY, **changes)
    assert isinstance(entry, TimeEntry)
    assert entry.date_entered or entry.info.date_entered
    assert entry.entered_by or entry.info.entered_by


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"createdBy": 5, "_info": {"enteredBy": None}}, "createdBy"),
        ({"createdBy": 5, "_info": {"enteredBy": 5}}, "_info.enteredBy"),
        ({"text": 5}, "text"),
        ({"detailDescriptionFlag": "yes"}, "detailDescriptionFlag"),
        ({"contact": {"id": "x"}}, "contact.id"),
    ],
)
def test_a_note_whose_author_audience_or_text_cannot_be_read_is_refused_by_name(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(VendorAnswerInvalid) as refused:
        _read(Note, NOTE, **changes)
    assert (refused.value.field, refused.value.number) == (field, 7)
