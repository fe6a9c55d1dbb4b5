"""The PSA gateway's tables: receipts of callbacks, records and their tickets, writes, positions of polling."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision: str | None = None

RECEIPTS = """
CREATE TABLE psa_receipts (
    id bigserial PRIMARY KEY, instance text NOT NULL, dedup text NOT NULL, type text NOT NULL, record text NOT NULL,
    action text NOT NULL, member text NOT NULL, body bytea NOT NULL, traceparent text NOT NULL DEFAULT '',
    received timestamptz NOT NULL DEFAULT now(), state text NOT NULL DEFAULT 'unread', tries int NOT NULL DEFAULT 0,
    next timestamptz NOT NULL DEFAULT now(), leased timestamptz, detail text NOT NULL DEFAULT '', ended timestamptz,
    UNIQUE (instance, dedup)
) WITH (fillfactor = 70);
CREATE INDEX psa_receipts_unread_idx ON psa_receipts (next, id) WHERE state = 'unread';
CREATE INDEX psa_receipts_record_idx ON psa_receipts (instance, type, record) WHERE state = 'unread';
"""

RECORDS = """
CREATE TABLE psa_records (
    instance text, record text, ticket_id text NOT NULL, duplicate boolean NOT NULL DEFAULT false,
    gone text, unmapped boolean NOT NULL DEFAULT false, PRIMARY KEY (instance, record)
) WITH (fillfactor = 70);
CREATE INDEX psa_records_ticket_idx ON psa_records (ticket_id);
CREATE INDEX psa_records_unmapped_idx ON psa_records (instance) WHERE unmapped;
CREATE TABLE psa_entries (
    instance text, entry text, ticket_id text NOT NULL, gone boolean NOT NULL DEFAULT false,
    PRIMARY KEY (instance, entry)
) WITH (fillfactor = 70);
CREATE TABLE psa_devices (device text, client text, PRIMARY KEY (device, client));
CREATE TABLE psa_revisions (
    instance text, record text, revision text, at timestamptz NOT NULL, status text, status_class text NOT NULL,
    written_by text NOT NULL, own boolean NOT NULL, told boolean NOT NULL,
    seen timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (instance, record, revision)
);
CREATE INDEX psa_revisions_at_idx ON psa_revisions (instance, record, at);
"""

WORK = """
CREATE TABLE psa_writes (
    instance text, record text, effect uuid NOT NULL, fields jsonb NOT NULL, shown bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (instance, record)
) WITH (fillfactor = 70);
CREATE TABLE psa_written (
    instance text, record text, field text, at timestamptz NOT NULL DEFAULT now(), value text,
    flip boolean NOT NULL DEFAULT false
);
CREATE INDEX psa_written_idx ON psa_written (instance, record, field, at);
CREATE TABLE psa_stopped (
    instance text, record text, field text NOT NULL, since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (instance, record)
);
CREATE TABLE psa_cursors (
    instance text, feed text, at timestamptz, position bigint NOT NULL DEFAULT 0, PRIMARY KEY (instance, feed)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX effects_psa_sync_idx ON effects (aggregate)
    WHERE kind = 'psa-sync' AND state = 'planned' AND tries = 0 AND leased IS NULL;
"""


def upgrade() -> None:
    for block in (RECEIPTS, RECORDS, WORK):
        for statement in filter(str.strip, block.split(";")):
            op.execute(statement)
