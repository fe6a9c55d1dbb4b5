"""Delivery rules of the vendor (contract 1.4)."""

from dataclasses import dataclass
from datetime import timedelta

from desk_simulators.kit.webhooks import delivery as kit


@dataclass(frozen=True, slots=True)
class DeliveryRules(kit.DeliveryRules):
    """5 s time-out, two retries on four statuses, anything else is lost; switched off after three days of failure."""

    retried: frozenset[int] = frozenset({404, 409, 419, 429})
    retry_after: tuple[float, ...] = (2.0, 4.0)
    switch_off_after: timedelta | None = timedelta(days=3)
