"""Claims of the vendors' ids of clients and devices: an id is claimed by one of them, whichever process confirms it.

Of two clients or devices that have one id from before, the first by name keeps it.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision: str | None = "0009"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE vendor_id_claims (instance text, external text, of_device boolean, client text NOT NULL,"
        " device text NOT NULL, PRIMARY KEY (instance, external, of_device))"
    )
    op.execute("CREATE INDEX vendor_id_claims_client_idx ON vendor_id_claims (client, device)")
    op.execute(
        "INSERT INTO vendor_id_claims (instance, external, of_device, client, device)"
        " SELECT instance, external, device <> '', client, device FROM vendor_ids ORDER BY client, device"
        " ON CONFLICT DO NOTHING"
    )
