"""References to secrets: `env:NAME` or `file:PATH`, read anew when they change, never part of an error."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Mapping
from pathlib import Path

LONGEST_SECRET = 64 * 1024
REMEDY = "give env:NAME or file:PATH, never the secret itself"


class CredentialsMissing(Exception):
    """A reference leads nowhere; the text names the field and the reference."""


class SecretReference:
    """One secret by reference. `field` names it in errors. Thread-safe.

    A file is read again when its time, size or inode changes, so that a secret is rotated without a restart. One
    newline at the end of a file is not part of the secret.
    """

    def __init__(self, field: str, reference: str, env: Mapping[str, str] | None = None) -> None:
        scheme, separator, name = reference.partition(":")
        if not separator or scheme not in ("env", "file") or not name:
            raise ValueError(f"{field}: {REMEDY}")
        self.field, self._scheme, self._name = field, scheme, name
        self._env = os.environ if env is None else env
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._value = ""

    def __repr__(self) -> str:
        return f"SecretReference({self.field}, {self._scheme}:{self._name})"

    def value(self) -> str:
        """The secret as it is now. Raises `CredentialsMissing`."""
        found = self._env.get(self._name, "") if self._scheme == "env" else self._from_file()
        if not found:
            source = f"the variable {self._name}" if self._scheme == "env" else f"the file {self._name}"
            raise CredentialsMissing(f"{self.field}: {source} is not set or empty")
        return found

    def _from_file(self) -> str:
        path = Path(self._name)
        with self._lock:
            try:
                about = path.stat()
                stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
                if stamp != self._stamp:
                    if about.st_size > LONGEST_SECRET:
                        raise CredentialsMissing(f"{self.field}: {path} is longer than {LONGEST_SECRET} bytes")
                    self._value = path.read_text("utf-8").removesuffix("\n").removesuffix("\r")
                    self._stamp = stamp
            except (OSError, UnicodeDecodeError) as error:
                raise CredentialsMissing(f"{self.field}: {path} cannot be read ({type(error).__name__})") from None
            return self._value


def fingerprint(instance: str, *secrets: str) -> str:
    """Tells one set of credentials of an instance from the next; says nothing of them.

    Slow on purpose (some milliseconds): the result is stored, and a short secret must not be guessed from it.
    """
    joined = b"\0".join(secret.encode() for secret in secrets)
    return hashlib.scrypt(joined, salt=instance.encode(), n=2**10, r=8, p=1, dklen=16).hex()
