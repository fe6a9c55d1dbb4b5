"""The view `time_entries`: one row per live time entry that has a duration."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision: str | None = None

TIME_ENTRIES = """
CREATE TABLE time_entries (
    ticket_id text NOT NULL,
    entry text NOT NULL,
    technician text NOT NULL,
    worked tstzrange NOT NULL,
    PRIMARY KEY (entry, ticket_id)
) WITH (fillfactor = 70);
CREATE INDEX time_entries_worked_idx ON time_entries USING gist (worked);
"""


def upgrade() -> None:
    op.execute(TIME_ENTRIES)


def downgrade() -> None:
    op.execute("DROP TABLE time_entries")
