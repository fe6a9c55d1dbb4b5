"""Identity of the simulated page, and its open behaviour."""

from dataclasses import dataclass


@dataclass(slots=True)
class Page:
    """The page of one vendor. `public_url` is its address, without a slash at the end.

    `time_zone` is an IANA name: times of all documents carry its offset, or `Z` for UTC.
    """

    id: str = "ab12cd34ef56"
    name: str = "Example Cloud"
    public_url: str = "https://status.example.net"
    time_zone: str = "Etc/UTC"


@dataclass(slots=True)
class Behaviour:
    """Choices that the contract leaves open.

    `requests_per_minute`: by page, None = no limit, as no page documents one. `hang_seconds`: how long a call that is
    never answered is kept open.
    """

    requests_per_minute: int | None = None
    hang_seconds: float = 30.0
