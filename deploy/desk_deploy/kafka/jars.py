"""Finds Java, and Apache Kafka's jars by their Maven coordinates."""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from desk_deploy.resources import resource
from desk_deploy.up.process import LaunchError

KAFKA_VERSION = "4.1.0"
OLDEST_JAVA = 17
CACHE_VARIABLE = "DESKSTREAM_KAFKA_HOME"
OR_ELSE = "or give a broker by DESKSTREAM_KAFKA=HOST:PORT"


def cache_folder() -> Path:
    """Folder of the jars: DESKSTREAM_KAFKA_HOME, else the user's cache folder."""
    if given := os.environ.get(CACHE_VARIABLE):
        return Path(given).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "deskstream", f"kafka-{KAFKA_VERSION}")


def java() -> str:
    """Path of a sufficiently new `java`. LaunchError names what to install."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else None
    found = found or shutil.which("java")
    if not found:
        raise LaunchError(f"no Java: install a JDK {OLDEST_JAVA} or later, {OR_ELSE}")
    answer = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.search(r'version "(\d+)', answer.stderr)
    if not version or int(version[1]) < OLDEST_JAVA:
        have = version[1] if version else "unknown"
        raise LaunchError(f"{found} is Java {have}: install a JDK {OLDEST_JAVA} or later, {OR_ELSE}")
    return found


def broker_jars() -> Path:
    """Folder with the jars; Maven downloads them the first time (43 MB). Several processes may call it at once."""
    home = cache_folder()
    jars = home / "libs"
    if _complete(jars):
        return jars
    maven = shutil.which("mvn")
    if not maven:
        raise LaunchError(f"no Maven to download Apache Kafka {KAFKA_VERSION}: install maven, {OR_ELSE}")
    try:
        home.mkdir(parents=True, exist_ok=True)
        with (home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _complete(jars):
                _bring(maven, home, jars)
    except OSError as error:
        raise LaunchError(
            f"cannot store Apache Kafka in {home} ({error.strerror}): set {CACHE_VARIABLE} to a writable folder"
        ) from error
    return jars


def _complete(jars: Path) -> bool:
    return (jars / f"kafka_2.13-{KAFKA_VERSION}.jar").is_file()


def _bring(maven: str, home: Path, jars: Path) -> None:
    with tempfile.TemporaryDirectory(dir=home, prefix="new-") as new:
        target = Path(new, "libs")
        order = ["-q", "-B", "-f", str(resource("kafka/pom.xml")), "dependency:copy-dependencies"]
        result = subprocess.run(  # noqa: S603  our own program and arguments
            [maven, *order, f"-DoutputDirectory={target}"], capture_output=True, text=True, check=False, cwd=new
        )
        if result.returncode != 0 or not _complete(target):
            lines = [line for line in result.stdout.splitlines() if "ERROR" in line] or ["no message"]
            raise LaunchError(f"Maven could not download Apache Kafka {KAFKA_VERSION}: {lines[0].strip()}")
        shutil.rmtree(jars, ignore_errors=True)
        target.rename(jars)
