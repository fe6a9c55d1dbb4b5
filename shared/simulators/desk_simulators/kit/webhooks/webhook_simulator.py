"""Public face of simulators that send webhooks: their queue and delivery, in the background or by hand."""

from collections.abc import Callable
from time import monotonic

from desk_simulators.kit.simulator import S, Simulator
from desk_simulators.kit.webhooks.delivery import Delivery
from desk_simulators.kit.webhooks.queue import WebhookQueue


class WebhookSimulator(Simulator[S]):
    """One simulated vendor that sends webhooks, in the background or by `deliver_pending`."""

    queue: WebhookQueue
    delivery: Delivery

    @property
    def pending(self) -> int:
        """Webhooks that wait."""
        return len(self.queue)

    async def deliver_pending(self, limit: int | None = None) -> int:
        """Send the webhooks that wait, retries included, ahead of their due times; returns the attempts made."""
        return await self.delivery.pump(limit)

    async def start(self) -> None:
        if self.mode == "background":
            await self.delivery.start()

    async def stop(self) -> None:
        await self.delivery.stop()
        await super().stop()

    def due_clock(self) -> Callable[[], float]:
        """Seconds for due times: by the simulated clock in manual mode, so that a test repeats exactly."""
        return monotonic if self.mode == "background" else self._simulated_seconds

    def _simulated_seconds(self) -> float:
        return self.state.now().timestamp()
