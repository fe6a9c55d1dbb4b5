"""The embedded PostgreSQL: what a user does to it, and what it survives."""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

import desk_deploy.postgres.instance
from desk_deploy.postgres.binaries import installation
from desk_deploy.postgres.cluster import Cluster
from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.postgres.orphan import stop_orphan
from desk_deploy.postgres.run import reachable
from desk_deploy.postgres.server import options
from desk_deploy.testing.desk import desk, eventually, runs
from desk_deploy.up.process import LOOPBACK, LaunchError, free_port


def write(url: str, word: str) -> None:
    with psycopg.connect(url) as session:
        session.execute("CREATE TABLE IF NOT EXISTS words (word text PRIMARY KEY)")
        session.execute("INSERT INTO words VALUES (%s)", [word])


def read(url: str) -> list[str]:
    with psycopg.connect(url) as session:
        return [str(row[0]) for row in session.execute("SELECT word FROM words ORDER BY word")]


def port_of(server: EmbeddedPostgres) -> int:
    return int(str(conninfo_to_dict(server.url)["port"]))


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory of the test's own. Its parents are private to the present user, as pytest makes them."""
    return tmp_path / "desk"


def started(data_dir: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(data_dir, fsync=False)


def test_a_restart_keeps_data_and_port(data_dir: Path) -> None:
    with started(data_dir) as server:
        write(server.url, "kept")
        port = port_of(server)
    with started(data_dir) as server:
        assert read(server.url) == ["kept"]
        assert port_of(server) == port


def test_the_same_object_starts_again_after_stop(data_dir: Path) -> None:
    server = started(data_dir)
    server.start()
    write(server.url, "kept")
    server.stop()
    assert server.pid is None
    with server:
        assert read(server.url) == ["kept"]


def test_an_address_is_refused_while_it_is_stopped(data_dir: Path) -> None:
    with pytest.raises(LaunchError, match="is not running: start it first"):
        _ = EmbeddedPostgres(data_dir).url


def test_the_database_is_durable_by_default_and_compiles_no_queries(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server, psycopg.connect(server.url) as session:
        names = ["fsync", "jit", "data_checksums", "shared_buffers", "server_encoding", "unix_socket_directories"]
        found = {name: session.execute("SELECT current_setting(%s)", [name]).fetchone() for name in names}
    assert [row[0] for row in found.values() if row] == ["on", "off", "on", "64MB", "UTF8", ""]


def test_a_second_desk_is_refused_in_one_line_that_names_the_holder(data_dir: Path) -> None:
    with (
        started(data_dir),
        pytest.raises(LaunchError, match=rf"in use by another desk \(pid {os.getpid()}\)") as refusal,
    ):
        started(data_dir).start()
    assert "\n" not in str(refusal.value) and "--data DIR" in str(refusal.value)


def test_a_desk_of_another_process_is_refused_and_the_first_goes_on(data_dir: Path) -> None:
    with started(data_dir) as server:
        with desk(data_dir) as second:
            assert second.answer.startswith(f"refused data directory {data_dir} is in use by another desk")
        write(server.url, "alive")
        assert read(server.url) == ["alive"]


def test_a_killed_desk_leaves_no_server_and_the_next_finds_its_data(data_dir: Path) -> None:
    with desk(data_dir) as first:
        write(first.url, "before the kill")
        first.process.kill()
        assert eventually(lambda: not runs(first.server_pid))
    with started(data_dir) as server:
        assert read(server.url) == ["before the kill"]


def test_the_next_desk_waits_for_the_server_of_a_killed_one(data_dir: Path) -> None:
    with desk(data_dir) as first:
        write(first.url, "before the kill")
        first.process.kill()
        first.process.wait()
        with started(data_dir) as server:
            assert read(server.url) == ["before the kill"]


def test_a_killed_server_recovers_what_was_committed(data_dir: Path) -> None:
    with started(data_dir) as server:
        write(server.url, "committed")
        server.kill()
        assert (data_dir / "postgres" / "postmaster.pid").exists()
        server.start()
        assert read(server.url) == ["committed"]


@contextmanager
def outliving(data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server on the data of a desk that has ended; it is starting."""
    with started(data_dir) as server:
        write(server.url, "kept")
    cluster = Cluster(data_dir, installation(), sync=False)
    identity = cluster.identity
    with reachable(cluster.path, identity) as (descriptor, folder):
        program = [str(installation() / "bin" / "postgres"), "-D", folder, *options(free_port(), fsync=False)]
        orphan = subprocess.Popen(
            program,
            user=identity.uid if identity else None,
            group=identity.gid if identity else None,
            pass_fds=[descriptor],
            stderr=subprocess.DEVNULL,
        )
    try:
        yield orphan
    finally:
        orphan.kill()
        orphan.wait(10)


def test_a_server_that_outlived_its_desk_is_stopped(data_dir: Path) -> None:
    with outliving(data_dir) as orphan, started(data_dir) as server:
        assert orphan.wait(10) == 0
        assert read(server.url) == ["kept"]


def test_a_server_that_writes_its_pid_after_the_look_for_it_is_stopped(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def late(cluster: int) -> None:
        looked.append(cluster)
        if len(looked) > 1:
            stop_orphan(cluster)

    with outliving(data_dir) as orphan:
        assert eventually(lambda: (data_dir / "postgres" / "postmaster.pid").exists())
        monkeypatch.setattr(desk_deploy.postgres.instance, "stop_orphan", late)
        with started(data_dir) as server:
            assert orphan.wait(10) == 0
            assert read(server.url) == ["kept"]


def test_a_stale_pid_file_whose_number_another_program_has_now_is_cleared(data_dir: Path) -> None:
    with started(data_dir) as server:
        write(server.url, "kept")
        server.kill()
    stale = data_dir / "postgres" / "postmaster.pid"
    stale.write_text("\n".join([str(os.getpid()), *stale.read_text().splitlines()[1:]]))
    with started(data_dir) as server:
        assert read(server.url) == ["kept"]


@pytest.mark.parametrize("content", ["", "no number\n", "-1\n"])
def test_a_damaged_pid_file_is_cleared(data_dir: Path, content: str) -> None:
    with started(data_dir):
        pass
    (data_dir / "postgres" / "postmaster.pid").write_text(content)
    with started(data_dir) as server:
        assert server.pid is not None


def test_a_path_too_long_for_a_socket_works(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 120) / ("b" * 120) / "desk"
    with started(deep) as server:
        write(server.url, "deep")
        assert read(server.url) == ["deep"]


def test_a_port_that_was_taken_meanwhile_is_replaced(data_dir: Path) -> None:
    with started(data_dir) as server:
        port = port_of(server)
    with socket.socket() as other:
        # connections of the ended server still occupy the port for a minute
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((LOOPBACK, port))
        other.listen()
        with started(data_dir) as server:
            replaced = port_of(server)
            assert replaced != port
            write(server.url, "reached")
    with started(data_dir) as server:
        assert port_of(server) == replaced


def test_a_port_lost_between_choice_and_start_is_replaced(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        ports = [other.getsockname()[1], free_port()]
        monkeypatch.setattr(desk_deploy.postgres.instance, "free_port", lambda: ports.pop(0))
        with started(data_dir) as server:
            write(server.url, "reached")
    assert ports == []


def test_the_thread_that_starts_it_may_end(data_dir: Path) -> None:
    server = started(data_dir)
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    try:
        time.sleep(0.5)
        write(server.url, "alive")
        assert read(server.url) == ["alive"]
    finally:
        server.stop()


def test_it_has_a_session_of_its_own_so_that_ctrl_c_reaches_only_the_desk(data_dir: Path) -> None:
    with started(data_dir) as server:
        assert server.pid is not None
        assert os.getsid(server.pid) == server.pid


def test_a_making_that_was_interrupted_is_begun_anew(data_dir: Path) -> None:
    half = data_dir / "postgres.new-abc" / "base"
    half.mkdir(parents=True)
    (half / "1").write_text("half")
    with started(data_dir) as server:
        write(server.url, "whole")
    assert not half.exists()


def test_a_wrong_password_and_the_superuser_are_refused(data_dir: Path) -> None:
    with started(data_dir) as server:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url, password="guess")
        with pytest.raises(psycopg.OperationalError, match="no pg_hba"):
            psycopg.connect(server.url, user="postgres")
        with psycopg.connect(server.url) as session, pytest.raises(errors.InsufficientPrivilege):
            session.execute("COPY (SELECT 1) TO PROGRAM 'cat'")


def test_the_password_is_readable_by_the_desk_alone_and_the_log_holds_no_rows(data_dir: Path) -> None:
    with started(data_dir) as server:
        write(server.url, "canary-7261")
        with pytest.raises(errors.UniqueViolation):
            write(server.url, "canary-7261")
    assert (data_dir / "postgres.access").stat().st_mode & 0o777 == 0o600
    assert server.log.stat().st_mode & 0o777 == 0o600
    assert "words_pkey" in server.log.read_text()
    assert "canary-7261" not in server.log.read_text()
