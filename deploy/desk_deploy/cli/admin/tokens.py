"""`desk token`: issue a token with the desk's own key."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from typing import Annotated

import typer

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.options import DATA, AsJson, Data
from desk_deploy.cli.output import say, show_json

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def token(
    role: Annotated[list[str], typer.Argument(metavar="ROLE...", help="tier1, tier2, dispatcher, admin, ...")],
    client: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this client; may be repeated.")] = None,
    ttl: Annotated[str, typer.Option(help="Validity, e.g. 30m, 8h or 7d.")] = "8h",
    subject: Annotated[str, typer.Option("--sub", help="Subject: the person or program that uses it.")] = "developer",
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Print a token for the API. Requires the desk's signing key, which can issue any token: for operators only."""
    from desk.decision.principal import ALL, Role
    from desk.http.auth.issuer import development_issuer
    from desk.settings import Settings

    valid = duration(ttl)
    try:
        roles = [Role.parse(name) for name in role]
    except ValueError as error:
        raise Failure(str(error)) from error
    key = os.environ.get("DESK_TOKEN_KEY") or data.absolute() / "token.pem"
    if not os.environ.get("DESK_TOKEN_KEY") and not (data / "token.pem").is_file():
        raise Failure(f"{data} has no desk: start one first, or name its key with DESK_TOKEN_KEY")
    settings = Settings.from_env(os.environ, database_url="postgresql://127.0.0.1/unused", token_key=key)
    try:
        text = development_issuer(settings).issue(roles, client or ALL, valid, subject)
    except ValueError as error:
        raise Failure(str(error)) from error
    if as_json:
        show_json({"token": text, "roles": [found.value for found in roles], "clients": client or ALL, "ttl": ttl})
    else:
        say(text)


def duration(text: str) -> timedelta:
    """Parse a duration such as 8h, 30m, 7d or 90s."""
    found = re.fullmatch(r"(\d{1,9})([smhd])", text)
    if not found:
        raise Failure(f"--ttl: {text!r} is not a duration; write e.g. 30m, 8h or 7d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
