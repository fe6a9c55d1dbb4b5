"""Identity of the simulated PSA, its API keys and its open behaviour."""

from base64 import b64encode
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Actor:
    """The member in whose name a record changes."""

    member_id: int
    identifier: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key pair of a member. `read_only` stands for a security role without write permission (403).

    `denied` are paths below the API root that its role does not allow, `*` stands for anything in them.
    """

    public: str
    private: str
    member: str
    read_only: bool = False
    denied: tuple[str, ...] = ()


@dataclass(slots=True)
class Instance:
    """One customer of the vendor: the MSP. `public_url` is where its site is reached, without a slash at the end."""

    company_id: str = "examplemsp"
    company_name: str = "Example MSP"
    codebase: str = "v2025_1/"
    version: str = "v2025.1"
    partner_id: str = "61aa00000000000000000001"
    product_instance_id: str = "63bb00000000000000000002"
    key_id: str = "0d7c2f9a-1111-4222-8333-444455556666"
    signing_key: str = "simulated-signing-key"
    public_url: str = "https://na.myconnectwise.net"
    href_root: str = "https://api-na.myconnectwise.net/v2025_1/apis/3.0"
    client_ids: set[str] = field(default_factory=lambda: {"11111111-2222-3333-4444-555555555555"})
    keys: dict[str, ApiKey] = field(
        default_factory=lambda: {
            key.public: key
            for key in (
                ApiKey("PUBLICKEY", "PRIVATEKEY", "DeskAPI"),
                ApiKey("READONLYKEY", "READONLYPRIVATE", "DeskAPI", read_only=True),
            )
        }
    )

    def headers(self, public: str = "PUBLICKEY") -> dict[str, str]:
        """Headers that authenticate a call with this key."""
        key = self.keys[public]
        user = f"{self.company_id}+{key.public}:{key.private}"
        return {
            "authorization": f"Basic {b64encode(user.encode()).decode()}",
            "clientid": min(self.client_ids),
            "accept": "application/vnd.connectwise.com+json; version=2025.1",
        }


@dataclass(slots=True)
class Behaviour:
    """Choices that the contract leaves open or an installation may change.

    `notes_touch_ticket`: a note or time entry updates `lastUpdated` of its ticket and fires the ticket callback.
    `key_needs_credentials`: the signing key is given only to callers with valid credentials.
    `requests_per_minute`: None = no limit. `period_open_from`: time entries that start earlier are refused
    (`YYYY-MM-DD`). `hang_seconds`: how long a call that is never answered in time is kept open.
    """

    notes_touch_ticket: bool = True
    key_needs_credentials: bool = False
    requests_per_minute: int | None = None
    period_open_from: str = "2000-01-01"
    hang_seconds: float = 30.0
