"""Signatures over the raw body of a webhook."""

import base64
import hashlib
import hmac
import json


def compact(value: object) -> str:
    """JSON without blanks, non-ASCII characters unescaped: the form in which signed bodies are sent."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def hmac_sha256(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()


def hmac_base64(key: bytes, body: bytes) -> str:
    return base64.b64encode(hmac_sha256(key, body)).decode()
