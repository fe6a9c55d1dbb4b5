"""The gate `told` is called `client-informed`: rows recorded under the former name are counted with the rest."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    op.execute("UPDATE would_refuse SET gate = 'client-informed' WHERE gate = 'told'")
