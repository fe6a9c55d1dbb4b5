"""Background tasks of a simulator, restarted after each failure."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0


async def repeated(what: str, turn: Callable[[], Awaitable[float]]) -> None:
    """Run `turn` for ever; it returns the seconds until its next run.

    A failure is written to stderr and retried after a growing pause: a full disk, for example, ends by itself.
    """
    pause = 0.0
    while True:
        try:
            wait = await turn()
        except Exception as error:
            pause = min(LONGEST_PAUSE, max(FIRST_PAUSE, pause * 2))
            wait = pause
            sys.stderr.write(f"simulator: {what} failed ({type(error).__name__}), again in {pause:g} s\n")
        else:
            pause = 0.0
        await asyncio.sleep(wait)
