"""Identity of the simulated account, its API key, and its open behaviour."""

from dataclasses import dataclass, field

API_URL = "https://api.pagerduty.com"


@dataclass(slots=True)
class Account:
    """The MSP. `api_keys` are the REST API keys that are accepted."""

    subdomain: str = "examplemsp"
    api_keys: list[str] = field(default_factory=lambda: ["simulated-api-key"])

    @property
    def public_url(self) -> str:
        return API_URL

    @property
    def console(self) -> str:
        return f"https://{self.subdomain}.pagerduty.com"


@dataclass(slots=True)
class Behaviour:
    """Choices that the contract leaves open.

    `requests_per_minute`: by API key, None = no limit. `events_per_minute`: by integration key. `names_key`: an
    incident made of alerts carries the key of its first alert; otherwise it has none. `processes_at_once`: an event
    has its effect before it is answered; otherwise it waits for the act `process`. `notifies`: the person on call is
    notified as soon as an incident is triggered. `hang_seconds`: how long a call that is never answered is kept open.
    """

    requests_per_minute: int | None = 960
    events_per_minute: int | None = 120
    names_key: bool = True
    processes_at_once: bool = True
    notifies: bool = True
    hang_seconds: float = 30.0
