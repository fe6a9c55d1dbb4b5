"""Store the progress of each PSA feed, the records to revisit, and the tickets held because their contact left."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision: str | None = "0007"

TABLES = """
CREATE TABLE psa_feeds (
    instance text, feed text, began timestamptz NOT NULL DEFAULT now(), turned timestamptz, failing timestamptz,
    tries int NOT NULL DEFAULT 0, problem text NOT NULL DEFAULT '', operation text NOT NULL DEFAULT '',
    status int, field text NOT NULL DEFAULT '', PRIMARY KEY (instance, feed)
) WITH (fillfactor = 50);
CREATE TABLE psa_turns (
    instance text, feed text, began timestamptz NOT NULL, newest timestamptz, after bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (instance, feed)
) WITH (fillfactor = 50);
CREATE TABLE psa_revisits (
    instance text, kind text, record text, reason text NOT NULL, detail text NOT NULL DEFAULT '',
    since timestamptz NOT NULL DEFAULT now(), next timestamptz NOT NULL DEFAULT now(), tries int NOT NULL DEFAULT 0,
    PRIMARY KEY (instance, kind, record)
) WITH (fillfactor = 70);
CREATE INDEX psa_revisits_next_idx ON psa_revisits (instance, reason, next);
CREATE TABLE psa_holds (ticket_id text PRIMARY KEY, contact text NOT NULL);
CREATE INDEX psa_holds_contact_idx ON psa_holds (contact);
CREATE TABLE psa_agreements (agreement text PRIMARY KEY, client text NOT NULL)
"""


def upgrade() -> None:
    for statement in filter(str.strip, TABLES.split(";")):
        op.execute(statement)
