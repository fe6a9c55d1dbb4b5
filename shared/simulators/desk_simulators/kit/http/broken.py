"""Answers that end before they are complete."""

import logging

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from desk_simulators.kit.http.transport import ConnectionBroken


class BrokenResponse(Response):
    """Announces its body, sends half of it (nothing at all before an answer), and ends the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        size = str(max(1, len(self.body))).encode()
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": [*headers, (b"content-length", size)]})
        half = bytes(self.body)[: len(self.body) // 2]
        if half:
            await send({"type": "http.response.body", "body": half, "more_body": True})
        raise ConnectionBroken(answered=bool(half))


class QuietAboutBroken(logging.Filter):
    """Keeps connections that break on purpose out of the server's error log."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], ConnectionBroken))
