"""Identity of the simulated account, its API keys, and its open behaviour."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Account:
    """The MSP. `keys` are the API keys by the e-mail address of their user; `tenant` is its multi-client."""

    region: str = "eu1"
    domain_prefix: str = "examplemsp"
    tenant: str = "195798545063740000"
    keys: dict[str, str] = field(default_factory=lambda: {"api@examplemsp.example": "simulated-api-key"})

    @property
    def public_url(self) -> str:
        return f"https://auvikapi.{self.region}.my.auvik.com"


@dataclass(slots=True)
class Behaviour:
    """Choices that the contract leaves open.

    `requests_per_minute`: by user, None = no limit, as the figure is not published. `resolves_in_place`: the record of
    an alert that clears takes the status `resolved`; otherwise it stays `created`, related to the record of the
    clearing. `hang_seconds`: how long a call that is never answered is kept open.
    """

    requests_per_minute: int | None = None
    resolves_in_place: bool = False
    hang_seconds: float = 30.0
