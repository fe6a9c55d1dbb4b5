"""The keys that facts name: keys that the key ring must hold, and erased keys that it must never hold again."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision: str | None = "0002"

TABLES = """
CREATE TABLE text_keys (
    key_id text PRIMARY KEY,
    subject text,
    aggregate text NOT NULL DEFAULT '',
    facts bigint NOT NULL DEFAULT 0,
    missing timestamptz,
    abandoned timestamptz,
    erased timestamptz,
    erasure_recorded boolean NOT NULL DEFAULT false
) WITH (fillfactor = 70);
CREATE INDEX text_keys_missing_idx ON text_keys (key_id) WHERE missing IS NOT NULL;
CREATE INDEX text_keys_erased_idx ON text_keys (key_id) WHERE erased IS NOT NULL;
CREATE TABLE text_keys_read (
    one int PRIMARY KEY DEFAULT 1 CHECK (one = 1), position bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO text_keys_read DEFAULT VALUES;
"""


def upgrade() -> None:
    for statement in filter(str.strip, TABLES.split(";")):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE text_keys_read")
    op.execute("DROP TABLE text_keys")
