"""The table of facts, and the tables that are written in its transactions."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision: str | None = None

LOG = """
CREATE TABLE stored_events (
    originator_id text NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigserial,
    event_id uuid NOT NULL,
    owner text NOT NULL,
    ownerseq bigint NOT NULL,
    recorded timestamptz NOT NULL,
    own boolean NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
) WITH (autovacuum_vacuum_threshold = 100000000, autovacuum_vacuum_scale_factor = 0.5,
        autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.01);
CREATE UNIQUE INDEX stored_events_notification_id_idx ON stored_events (notification_id);
CREATE UNIQUE INDEX stored_events_event_id_idx ON stored_events (event_id);
CREATE INDEX stored_events_own_idx ON stored_events (notification_id) WHERE own;
CREATE TABLE snapshots (
    aggregate text PRIMARY KEY, version bigint NOT NULL, code text NOT NULL, heads bytea NOT NULL, state bytea NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE commands (
    command_id uuid PRIMARY KEY, fingerprint text NOT NULL, events bytea NOT NULL, aggregate text NOT NULL,
    recorded timestamptz NOT NULL DEFAULT now()
);
"""

BUS = """
CREATE TABLE positions (
    source text, epoch text, part int, position bigint NOT NULL, PRIMARY KEY (source, epoch, part)
) WITH (fillfactor = 50);
CREATE TABLE relay (
    one int PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    epoch uuid NOT NULL DEFAULT gen_random_uuid(),
    position bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO relay DEFAULT VALUES;
CREATE TABLE parked (
    id bigserial PRIMARY KEY, aggregate text NOT NULL, topic text NOT NULL, key text NOT NULL, value bytea,
    headers bytea NOT NULL, cause text NOT NULL, detail text NOT NULL, owner text NOT NULL, ownerseq bigint NOT NULL,
    event_id uuid, parked timestamptz NOT NULL DEFAULT now(), tries int NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'waiting', reason text NOT NULL DEFAULT '', ended timestamptz
);
CREATE INDEX parked_waiting_idx ON parked (aggregate, id) WHERE state = 'waiting';
CREATE UNIQUE INDEX parked_once_idx ON parked (aggregate, md5(coalesce(value, ''::bytea))) WHERE state = 'waiting';
"""

WORK = """
CREATE TABLE timers (
    aggregate text, timer text, natural_key text, due timestamptz NOT NULL, data bytea NOT NULL,
    tries int NOT NULL DEFAULT 0, leased timestamptz, last_error text NOT NULL DEFAULT '',
    PRIMARY KEY (aggregate, timer, natural_key)
) WITH (fillfactor = 70);
CREATE INDEX timers_due_idx ON timers (due);
CREATE TABLE effects (
    id uuid PRIMARY KEY, aggregate text NOT NULL, kind text NOT NULL, client text NOT NULL, cause uuid NOT NULL,
    correlation uuid NOT NULL, traceparent text NOT NULL, data bytea NOT NULL,
    state text NOT NULL DEFAULT 'planned', tries int NOT NULL DEFAULT 0,
    planned timestamptz NOT NULL DEFAULT now(), next timestamptz NOT NULL DEFAULT now(), leased timestamptz,
    ended timestamptz, detail text NOT NULL DEFAULT '', vendor_key text NOT NULL DEFAULT ''
) WITH (fillfactor = 70);
CREATE INDEX effects_open_idx ON effects (kind, next) WHERE state IN ('planned', 'sent', 'unknown');
CREATE INDEX effects_aggregate_idx ON effects (aggregate);
CREATE TABLE effect_stops (
    kind text, client text, since timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (kind, client)
);
CREATE TABLE views (name text PRIMARY KEY, version int NOT NULL, built timestamptz NOT NULL DEFAULT now());
"""


def upgrade() -> None:
    for block in (LOG, BUS, WORK):
        for statement in filter(str.strip, block.split(";")):
            op.execute(statement)
