"""The signature of each fact beside its bytes; an index of own facts that have none yet."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    op.execute("ALTER TABLE stored_events ADD COLUMN signature bytea")
    op.execute(
        "CREATE INDEX stored_events_unsigned_idx ON stored_events (notification_id) WHERE own AND signature IS NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX stored_events_unsigned_idx")
    op.execute("ALTER TABLE stored_events DROP COLUMN signature")
