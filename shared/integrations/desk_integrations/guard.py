"""From the errors of a connector to the outcomes of a port: the place where no error passes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from desk_connectors.http import RecordGone, VendorAnswerInvalid, VendorError, VendorRateLimited, VendorRefused
from desk_connectors.http.credentials import CredentialsRefused
from desk_integrations.instances.credential_state import CredentialState
from desk_integrations.instances.credentials import CredentialsMissing, fingerprint
from desk_integrations.outcomes import Outcome, Reason, Unknown

T = TypeVar("T")
UNAUTHORIZED = 401
log = structlog.get_logger("desk.integrations")


def unknown(error: Exception) -> Unknown:
    """The outcome for an error. Errors of ours become `fault`; only their type is logged."""
    if isinstance(error, TimeoutError):
        return Unknown("timeout")
    if isinstance(error, CredentialsMissing):
        return Unknown("credentials-missing")
    if isinstance(error, VendorError):
        return Unknown(_reason(error), getattr(error, "retry_after", None))
    log.error("the answer of a vendor could not be handled", error=type(error).__name__)
    return Unknown("fault")


def _reason(error: VendorError) -> Reason:
    if isinstance(error, CredentialsRefused):
        return "credentials-refused"
    if isinstance(error, VendorRateLimited):
        return "rate-limited"
    if isinstance(error, VendorAnswerInvalid):
        return "schema-drift"
    if isinstance(error, RecordGone):
        return "refused"
    if isinstance(error, VendorRefused):
        return _refusal(error)
    return "unavailable"


def _refusal(error: VendorRefused) -> Reason:
    if error.status in (401, 403):
        return "forbidden"
    page = error.code == "not JSON" or (error.status is not None and 300 <= error.status < 400)
    return "unavailable" if page else "refused"


async def doubt(refused: VendorRefused, check: Callable[[], Awaitable[object]]) -> None:
    """Tell a missing right from refused credentials: both answer 401, but only one refuses the harmless read `check`.

    Raises `CredentialsRefused` for refused credentials.
    """
    if refused.status != UNAUTHORIZED or isinstance(refused, CredentialsRefused):
        return
    try:
        await check()
    except VendorRefused as again:
        if again.status == UNAUTHORIZED:
            raise CredentialsRefused(again.vendor, again.operation, status=401, code=again.code) from again


class Guard:
    """Runs the port methods of one instance: deadline, refused credentials, errors.

    `secrets` gives the credentials as they are now. `alert` is awaited once per instance and set of credentials.
    """

    def __init__(
        self,
        instance: str,
        deadline: float,
        secrets: Callable[[], tuple[str, ...]],
        state: CredentialState,
        alert: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._instance, self._deadline, self._secrets, self._state, self._alert = (
            instance,
            deadline,
            secrets,
            state,
            alert,
        )
        self._fingerprints: dict[tuple[str, ...], str] = {}
        self._suspect = True

    async def run(self, work: Callable[[], Awaitable[Outcome[T]]]) -> Outcome[T]:
        """The outcome of `work`; `Unknown` for every error and at the deadline."""
        try:
            async with asyncio.timeout(self._deadline):
                return await self._run(work)
        except Exception as error:
            return unknown(error)

    async def _run(self, work: Callable[[], Awaitable[Outcome[T]]]) -> Outcome[T]:
        used = await self._fingerprint()
        blocked = await self._state.blocked(self._instance, used)
        if blocked > 0:
            self._suspect = True
            return Unknown("credentials-refused", blocked)
        try:
            outcome = await work()
        except CredentialsRefused:
            return await self._refused(used)
        if self._suspect and not isinstance(outcome, Unknown):
            await self._state.clear(self._instance)
            self._suspect = False
        return outcome

    async def _refused(self, used: str) -> Unknown:
        """Mark the credentials that were in use when the call began: newer ones, rotated in meanwhile, are tried.

        The outcome is the same when the mark cannot be written: the next call tries again.
        """
        self._suspect = True
        try:
            if await self._state.mark(self._instance, used):
                log.error("the vendor refused the credentials", instance=self._instance)
                if self._alert is not None:
                    await self._alert(self._instance)
        except Exception as error:
            log.error("refused credentials could not be recorded", instance=self._instance, error=type(error).__name__)
        return Unknown("credentials-refused")

    async def _fingerprint(self) -> str:
        """Computed once per set of credentials, and beside the event loop, because it is slow."""
        secrets = self._secrets()
        if secrets not in self._fingerprints:
            self._fingerprints = {secrets: await asyncio.to_thread(fingerprint, self._instance, *secrets)}
        return self._fingerprints[secrets]
