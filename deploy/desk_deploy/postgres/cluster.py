"""A PostgreSQL cluster on disk, created once, completely or not at all."""

import errno
import json
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from desk_deploy.postgres.binaries import named_identity, server_identity
from desk_deploy.postgres.run import hand_over, reachable, run
from desk_deploy.up.process import Identity, LaunchError

ROLE = DATABASE = "desk"
UNFINISHED = "postgres.new-"
# The superuser cannot log in. The desk's role owns its databases, may create more, and may read the server's state.
ACCESS_RULES = f"host all {ROLE} 127.0.0.1/32 scram-sha-256\n"
ROLES = """CREATE ROLE {role} LOGIN CREATEDB PASSWORD '{password}' IN ROLE pg_monitor, pg_checkpoint;

CREATE DATABASE {database} OWNER {role};

"""


@dataclass(frozen=True, slots=True)
class Access:
    """Credentials of the desk's own server: password of its role, and the last port."""

    password: str
    port: int | None


class Cluster:
    """The folder `postgres` in a data directory, and the password file next to it, readable by the desk's user only."""

    def __init__(self, data_dir: Path, installation: Path, *, sync: bool) -> None:
        self.path = data_dir / "postgres"
        self._access = data_dir / "postgres.access"
        self._installation = installation
        self._sync = sync

    @property
    def identity(self) -> Identity | None:
        """The user that runs the server; None = the present user."""
        return server_identity(self.path)

    def access(self) -> Access:
        """Password and last port. LaunchError when the file is missing or damaged."""
        try:
            found = json.loads(self._access.read_text())
            return Access(str(found["password"]), int(found["port"]) if found.get("port") else None)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LaunchError(
                f"{self._access} is missing or damaged and has the only password of {self.path}: "
                "restore it from a backup, or choose another data directory with --data DIR"
            ) from error

    def remember(self, access: Access) -> None:
        """Write the access file atomically, with mode 0600."""
        new = self._access.with_name("postgres.access.new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"password": access.password, "port": access.port}, file)
            file.flush()
            os.fsync(descriptor)
        new.replace(self._access)

    def ensure(self) -> None:
        """Create the cluster if there is none, else check that this user and these programs can run it."""
        if not self.path.exists():
            self._make()
            return
        owner, self_id = self.path.stat().st_uid, os.geteuid()
        if self_id not in (0, owner):
            raise LaunchError(
                f"{self.path} belongs to user id {owner}, the desk runs as {self_id}: start it as that user or as root,"
                f" or run: sudo chown -R {self_id} {self.path.parent}"
            )
        if owner == 0:
            # Owned by root after root restored a backup.
            hand_over(self.path, self.identity)
        with reachable(self.path, self.identity) as (_, folder):
            have = Path(folder, "PG_VERSION").read_text().strip()
        want = run([str(self._installation / "bin" / "postgres"), "--version"]).split()[-1].split(".")[0]
        if have != want:
            raise LaunchError(
                f"{self.path} was created by PostgreSQL {have}, the desk has {want}: "
                "export with the old version, then import into a new data directory"
            )

    def _make(self) -> None:
        maker, owner = named_identity(), self.identity
        access = Access(secrets.token_urlsafe(32), None)
        try:
            # An unfinished cluster of an earlier desk may still be written to: use a new name each time.
            for unfinished in self.path.parent.glob(f"{UNFINISHED}*"):
                shutil.rmtree(unfinished, ignore_errors=True)
            new = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.path.parent))
            hand_over(new, maker)
            with reachable(new, maker) as (descriptor, folder):
                self._initdb(folder, descriptor, maker, access)
            hand_over(new, owner)
            self.remember(access)
            new.rename(self.path)
        except OSError as error:
            if owner and error.errno in (errno.EPERM, errno.EINVAL):
                raise LaunchError(
                    f"PostgreSQL refuses to run as root, and root may not become another user here ({error.strerror}): "
                    "start the desk as an ordinary user, or give a server with --database URL"
                ) from error
            raise LaunchError(f"cannot create a database in {self.path.parent}: {error.strerror}") from error

    def _initdb(self, folder: str, descriptor: int, maker: Identity | None, access: Access) -> None:
        programs = self._installation / "bin"
        # Builtin C.UTF-8: the same sort order and upper case on every machine, independent of its locales.
        locale = ["--no-locale", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        sync = [] if self._sync else ["--no-sync"]
        make = [str(programs / "initdb"), "-D", folder, "-U", "postgres", "--auth=reject", "--no-instructions"]
        run([*make, *locale, *sync], identity=maker, keep=descriptor)
        script = ROLES.format(role=ROLE, database=DATABASE, password=access.password)
        single = [
            str(programs / "postgres"),
            "--single",
            "-j",
            "-D",
            folder,
            "-c",
            f"fsync={'on' if self._sync else 'off'}",
        ]
        run([*single, "-c", "exit_on_error=on", "postgres"], script, identity=maker, keep=descriptor)
        Path(folder, "pg_hba.conf").write_text(ACCESS_RULES)
