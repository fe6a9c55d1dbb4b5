"""Store the ticket of each note and time entry text, whether we wrote it, and when notes were read and tried."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE psa_notes (message text PRIMARY KEY, ticket_id text NOT NULL,"
        " ours boolean NOT NULL DEFAULT false)"
    )
    op.execute("ALTER TABLE psa_reads ADD COLUMN noted timestamptz, ADD COLUMN note_tried timestamptz")
