"""Checks the address of a vendor instance as an operator configured it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def host_of(address: str, example: str) -> str:
    """Host with port of an address that has nothing beside its scheme. Raises ValueError that names the remedy."""
    parts = urlsplit(address)
    if f"{parts.scheme}://{parts.netloc}" != address or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"address: give scheme and host only, like {example}")
    return parts.netloc


def is_simulator(address: str) -> bool:
    """Whether the address is http on a port of this machine."""
    parts = urlsplit(address)
    return parts.scheme == "http" and is_loopback_host(parts.hostname or "") and parts.port is not None


def is_loopback_host(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
