"""JSON responses: msgspec encodes once; nothing is validated or copied."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.responses import JSONResponse

_encoder = msgspec.json.Encoder()


class JsonResponse(JSONResponse):
    """Encodes msgspec structs, dataclasses, dicts, datetimes and UUIDs. Bytes are sent unchanged, as JSON."""

    def render(self, content: object) -> bytes:
        return content if isinstance(content, bytes) else _encoder.encode(content)


def json_response(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> JsonResponse:
    """A JSON response with this body and these additional headers."""
    return JsonResponse(content, status_code=status, headers=dict(headers or {}))
