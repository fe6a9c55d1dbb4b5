"""Where everything of a run is, and how the services are told."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from desk.settings import Settings
from desk_deploy.up.process import LOOPBACK, free_port
from desk_simulators.connectwise.identity import Instance

ROOT = Path(__file__).resolve().parents[3]
INSTANCE = "chaos"
POLL, OVERLAP = 4.0, 15.0


@dataclass
class Places:
    """One run. `twin` names a rule that the services break on purpose; `cold` starts load everything each time.

    Without a `kafka` the services read each other's stores.
    """

    folder: Path
    database: str
    kafka: str
    prefix: str
    twin: str = ""
    cold: bool = field(default_factory=lambda: bool(os.environ.get("DESKSTREAM_COLD")))
    psa_port: int = field(default_factory=free_port)

    @property
    def psa(self) -> str:
        """The simulated PSA's address."""
        return f"http://{LOOPBACK}:{self.psa_port}"

    @property
    def signing(self) -> Path:
        """The folder of the keys that sign facts."""
        return self.folder / "signing"

    @property
    def settings(self) -> Settings:
        """The environment of every service."""
        return Settings.from_env({}, **self.variables)

    @property
    def variables(self) -> dict[str, Any]:
        """The same by field."""
        bus = {"bus": "kafka", "kafka": self.kafka} if self.kafka else {"bus": "local"}
        return {
            "database_url": self.database,
            **bus,
            "host": LOOPBACK,
            "token_key": str(self.folder / "token.pem"),
            "signing_key": str(self.signing),
            "signing_keys": str(self.signing / "public"),
            "psa": str(self.folder / "psa.yaml"),
            "drain_timeout": 5.0,
            "log_level": "warning",
        }


def without_desk() -> dict[str, str]:
    """The environment of what is no service."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}


def document(places: Places, callback: str) -> None:
    """Write the document that connects intake with the simulated PSA."""
    identity = Instance()
    key = identity.keys["PUBLICKEY"]
    instance = {
        "id": INSTANCE,
        "kind": "simulator",
        "site": places.psa,
        "api": places.psa,
        "company": identity.company_id,
        "public_key": key.public,
        "private_key": key.private,
        "client_id": min(identity.client_ids),
        "api_member": key.member,
        "callback_url": callback,
        "create_board": 1,
        "tiers": {"default": "standard"},
        "poll": POLL,
        "overlap": OVERLAP,
        "calls_per_minute": 100_000,
        "burst": 10_000,
        "deadline": 5.0,
    }
    path = places.folder / "psa.yaml"
    path.write_text(yaml.safe_dump({"instances": [instance]}), "utf-8")
    path.chmod(0o600)


def checked(places: Places, journal: Path, seed: int) -> Path:
    """Write down what the checker is given."""
    path = places.folder / "run.json"
    run = {
        "seed": seed,
        "database": places.database,
        "kafka": places.kafka,
        "prefix": places.prefix,
        "psa": places.psa,
        "journal": str(journal),
    }
    path.write_text(json.dumps(run), "utf-8")
    return path
