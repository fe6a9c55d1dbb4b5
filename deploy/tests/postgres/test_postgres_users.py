"""The embedded PostgreSQL under root and under an ordinary user."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from desk_deploy.postgres.binaries import OWN_ID, installation, reachable_installation
from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.testing import desk_process
from desk_deploy.testing.desk import desk

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change users: run these as root too")
ORDINARY = 65_534


def python_for_others() -> str:
    """A Python that an ordinary user can run too; root's own may lie in root's private home."""
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        probe = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        try:
            if subprocess.run(probe, user=ORDINARY, group=ORDINARY, cwd="/", check=False).returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip("no Python 3.11 that an ordinary user can run: install one outside root's home")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that an ordinary user reaches and owns."""
    with tempfile.TemporaryDirectory(prefix="desk-test-") as name:
        os.chown(name, ORDINARY, ORDINARY)
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def programs(open_folder: Path) -> Path:
    """PostgreSQL where an ordinary user can run it."""
    return reachable_installation(installation(), open_folder / "copies")


def test_under_root_it_runs_as_a_user_of_its_own_and_changes_no_folders_mode(tmp_path: Path) -> None:
    folders = [tmp_path, *tmp_path.parents]
    before = [(folder.stat().st_mode, folder.stat().st_uid) for folder in folders]
    with EmbeddedPostgres(tmp_path / "desk", fsync=False) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == OWN_ID
        assert "CapEff:\t0000000000000000" in Path(f"/proc/{server.pid}/status").read_text()
    assert [(folder.stat().st_mode, folder.stat().st_uid) for folder in folders] == before
    assert (tmp_path / "desk" / "postgres").stat().st_mode & 0o777 == 0o700


def test_programs_in_a_private_folder_are_copied_once_to_where_its_user_reads_them(
    tmp_path: Path, open_folder: Path
) -> None:
    wheel = installation().parent
    private = tmp_path / "private" / wheel.name / installation().name
    for part in ("bin", "lib", "share"):
        shutil.copytree(installation() / part, private / part, symlinks=True)
    shutil.copytree(f"{wheel}.libs", tmp_path / "private" / f"{wheel.name}.libs")
    (tmp_path / "private").chmod(0o700)
    copy = reachable_installation(private, open_folder / "copies")
    assert copy.is_relative_to(open_folder)
    assert reachable_installation(private, open_folder / "copies") == copy
    assert len(list((open_folder / "copies").iterdir())) == 1
    with (
        EmbeddedPostgres(tmp_path / "desk", fsync=False, programs=copy) as server,
        psycopg.connect(server.url) as session,
    ):
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_an_ordinary_user_runs_it_as_himself_and_keeps_data(open_folder: Path, programs: Path) -> None:
    python, data_dir = python_for_others(), open_folder / "desk"
    with desk(data_dir, programs, python=python, user=ORDINARY) as first, psycopg.connect(first.url) as session:
        session.execute("CREATE TABLE kept (id int)")
        session.commit()
        assert Path(f"/proc/{first.server_pid}").stat().st_uid == ORDINARY
    with desk(data_dir, programs, python=python, user=ORDINARY) as second, psycopg.connect(second.url) as session:
        assert session.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_root_goes_on_with_an_ordinary_users_data_under_that_user(open_folder: Path, programs: Path) -> None:
    data_dir = open_folder / "desk"
    with desk(data_dir, programs, python=python_for_others(), user=ORDINARY) as first:
        assert first.answer.startswith("ready")
    with EmbeddedPostgres(data_dir, fsync=False, programs=programs) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == ORDINARY


def test_an_ordinary_user_is_told_whose_data_it_is(open_folder: Path, programs: Path) -> None:
    python, data_dir = python_for_others(), open_folder / "desk"
    with EmbeddedPostgres(data_dir, fsync=False, programs=programs):
        pass
    data_dir.chmod(0o777)
    (data_dir / "postgres.lock").chmod(0o666)
    with desk(data_dir, programs, python=python, user=ORDINARY) as refused:
        assert f"belongs to user id {OWN_ID}, the desk runs as {ORDINARY}" in refused.answer
        assert "sudo chown -R" in refused.answer


def test_a_folder_that_an_ordinary_user_may_not_write_is_refused(tmp_path: Path, programs: Path) -> None:
    with desk(tmp_path / "desk", programs, python=python_for_others(), user=ORDINARY) as refused:
        assert refused.answer.startswith("refused data directory")
        assert "Permission denied" in refused.answer


def test_root_that_may_not_change_users_is_told_so(tmp_path: Path) -> None:
    if not shutil.which("setpriv"):
        pytest.skip("no setpriv to take root's rights away: install util-linux")
    rights = ["setpriv", "--inh-caps=-all", "--bounding-set=-setuid,-setgid", "--"]
    answer = subprocess.run(
        [*rights, sys.executable, str(Path(desk_process.__file__)), str(tmp_path / "desk")],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath},
    )
    assert answer.stdout.startswith(
        "refused PostgreSQL refuses to run as root, and root may not become another user here"
    )
    assert "start the desk as an ordinary user" in answer.stdout


def test_a_backup_that_root_copied_back_is_used(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "desk", fsync=False) as server, psycopg.connect(server.url) as session:
        session.execute("CREATE TABLE kept (id int)")
    shutil.copytree(tmp_path / "desk", tmp_path / "copy")
    with EmbeddedPostgres(tmp_path / "copy", fsync=False) as server, psycopg.connect(server.url) as session:
        assert session.execute("SELECT count(*) FROM kept").fetchone() == (0,)
