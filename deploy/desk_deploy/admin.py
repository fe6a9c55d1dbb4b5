"""Settings and administrator token with which the command line uses a desk on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from desk.decision.principal import Role
from desk.http.auth.issuer import DevelopmentIssuer
from desk.settings import Settings

TOKEN_LIFE = timedelta(days=30)


def settings_for(data: Path, env: Mapping[str, str], **overrides: object) -> Settings:
    """Settings of a desk in a data directory; the signing key is `token.pem` there, unless another is named."""
    overrides.setdefault("token_key", data / "token.pem")
    return Settings.from_env(env, **overrides)


def admin_token(issuer: DevelopmentIssuer, subject: str = "desk-cli") -> str:
    """An administrator's token for the command line, valid for TOKEN_LIFE."""
    return issuer.issue([Role.ADMIN], ttl=TOKEN_LIFE, sub=subject)
