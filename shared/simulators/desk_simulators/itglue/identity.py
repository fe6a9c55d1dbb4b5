"""Identity of the simulated account, its API key, and its open behaviour."""

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Account:
    """The MSP. `api_key` may read and write everything except passwords."""

    region: Literal["us", "eu", "au"] = "us"
    subdomain: str = "examplemsp"
    api_key: str = "ITG.0123456789abcdef0123456789abcdef.simulated-api-key"

    @property
    def public_url(self) -> str:
        return "https://api.itglue.com" if self.region == "us" else f"https://api.{self.region}.itglue.com"


@dataclass(slots=True)
class Behaviour:
    """Choices that the contract leaves open, and differences between tenants.

    `requests_per_window`: calls in five minutes, None = no limit. `key_refusal`: status for a wrong key.
    `folder_filter`: the form of `filter[document_folder_id]` that lists documents in folders too. `documents_module`
    False: the account has no documents. `folder_lists` False: folders cannot be listed. `hang_seconds`: how long a call
    that is never answered is kept open.
    """

    requests_per_window: int | None = 3000
    key_refusal: Literal[401, 403] = 401
    folder_filter: Literal["null", "ne", "none"] = "null"
    documents_module: bool = True
    folder_lists: bool = True
    hang_seconds: float = 30.0
