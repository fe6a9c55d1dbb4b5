"""Settings and administrator token with which the command line uses a desk on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from desk.decision.principal import Role
from desk.http.auth.issuer import DevelopmentIssuer
from desk.settings import Settings, variable
from desk.signing.keys import create_keys

TOKEN_LIFE = timedelta(days=30)
SIGNING = "signing"


def settings_for(data: Path, env: Mapping[str, str], **overrides: object) -> Settings:
    """Settings of a desk in a data directory: the key of its tokens is `token.pem` there, unless another is named, and
    the keys that sign facts are in `signing`, unless the environment names others."""
    overrides.setdefault("token_key", data / "token.pem")
    if not env.get(variable("signing_key")) and not env.get(variable("signing_keys")):
        overrides |= {"signing_key": data / SIGNING, "signing_keys": data / SIGNING / "public"}
    return Settings.from_env(env, **overrides)


def create_own_keys(data: Path, settings: Settings) -> None:
    """Create the missing keys that sign facts, if this desk uses those of its data directory."""
    if settings.signing_key == data / SIGNING and settings.signing_keys is not None:
        create_keys(settings.signing_key, settings.signing_keys)


def admin_token(issuer: DevelopmentIssuer, subject: str = "desk-cli") -> str:
    """An administrator's token for the command line, valid for TOKEN_LIFE."""
    return issuer.issue([Role.ADMIN], ttl=TOKEN_LIFE, sub=subject)
