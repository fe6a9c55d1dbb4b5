"""The state of a recovery, the storage that a store last ran on, causes with a recovered reaction, and the number of
records that a topic dropped before they were read."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision: str | None = "0003"

STATE = """
ALTER TABLE relay ADD COLUMN IF NOT EXISTS storage text, ADD COLUMN IF NOT EXISTS recovering bigint,
    ADD COLUMN IF NOT EXISTS recovered timestamptz, ADD COLUMN IF NOT EXISTS dropped bigint NOT NULL DEFAULT 0;
CREATE TABLE IF NOT EXISTS answers (cause uuid PRIMARY KEY);
"""


def upgrade() -> None:
    for statement in filter(str.strip, STATE.split(";")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE answers")
    op.execute(
        "ALTER TABLE relay DROP COLUMN storage, DROP COLUMN recovering, DROP COLUMN recovered, DROP COLUMN dropped"
    )
