"""Expected errors of commands: one line with the remedy, and exit code 1."""

from __future__ import annotations

import errno
import io
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from desk.http.auth.verification_keys import load_or_create_key
from desk_deploy.cli.error_messages import explained
from desk_deploy.cli.output import say, show_json, show_table
from desk_deploy.testing.command_line import DESK, run
from desk_deploy.up import run_file
from desk_deploy.up.directory_lock import DirectoryLock


def desk(*arguments: object, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return run(*arguments, cwd=cwd, env=env)


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that the command said."""
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("desk: ") and done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "command",
    ["status", "parked list", "effects list", "rebuild tickets", "reconcile", "stop-effects", "policy retire matrix 2"],
)
def test_a_command_without_a_running_desk_says_how_to_start_one(command: str, tmp_path: Path) -> None:
    assert f"start it with `desk up --data {tmp_path}`" in refused(desk(*command.split(), "--data", tmp_path))


@pytest.mark.parametrize("command", ["export tickets", "verify", "tickets", "ticket show X", "policy show"])
def test_a_read_of_a_directory_without_a_desk_makes_none(command: str, tmp_path: Path) -> None:
    assert "--data DIR" in refused(desk(*command.split(), "--data", tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_a_note_left_by_a_desk_that_was_killed_is_not_believed(tmp_path: Path) -> None:
    run_file.write(tmp_path, run_file.RunFile("http://127.0.0.1:9", "token", 1, "postgresql://x/y"))
    assert run_file.read(tmp_path) is None
    said = refused(desk("status", "--data", tmp_path))
    assert "desk.json was left by a desk that no longer runs" in said


def test_a_note_is_believed_while_its_desk_holds_the_lock_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path / run_file.LOCK)
    lock.acquire()
    wrote = run_file.RunFile("http://127.0.0.1:9", "token", 1, "postgresql://x/y", "127.0.0.1:9092")
    run_file.write(tmp_path, wrote)
    assert run_file.read(tmp_path) == wrote
    assert (tmp_path / run_file.NAME).stat().st_mode & 0o777 == 0o600
    lock.release()
    assert run_file.read(tmp_path) is None


def test_a_desk_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        said = refused(desk("status", DESK_URL=address, DESK_TOKEN="t"))
    assert "does not answer" in said


def test_a_token_that_cannot_be_sent_is_refused() -> None:
    said = refused(desk("status", DESK_URL="http://127.0.0.1:9", DESK_TOKEN="caf\u00e9"))
    assert "desk token ROLE" in said


def test_an_address_that_is_no_address_of_a_database_is_one_line() -> None:
    with pytest.raises(psycopg.ProgrammingError) as found:
        conninfo_to_dict("garbage")
    assert "check --database" in str(explained(found.value))
    assert explained(psycopg.errors.SyntaxError("a mistake of ours")) is None


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(desk("up", "--data", tmp_path / "desk", "--port", port))
    assert f"127.0.0.1:{port}" in said and "--port" in said


def test_a_directory_that_another_desk_holds_is_refused_with_its_pid(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path / run_file.LOCK)
    lock.acquire()
    said = refused(desk("up", "--data", tmp_path, "--port", 0))
    lock.release()
    assert f"in use by another desk (pid {os.getpid()})" in said and "--data DIR" in said


def test_a_file_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "desk").write_text("no directory")
    assert "--data DIR" in refused(desk("up", "--data", tmp_path / "desk", "--port", 0))


def test_kafka_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        done = desk("up", "--data", tmp_path / "desk", "--port", 0, "--kafka", address)
    assert done.returncode == 1
    assert f"no Kafka answers at {address}" in done.stderr and "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"postgresql://desk@127.0.0.1:{unused.getsockname()[1]}/desk"
        said = refused(desk("export", "tickets", "--database", url))
        alone = desk("serve", "triage", DESK_DATABASE_URL=url)
    assert "the database does not answer" in said
    assert alone.returncode == 1 and "Traceback" not in alone.stderr
    assert "desk: the database does not answer" in alone.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--mapping", "nonsense"), "no such file"),
        (("--mapping", "servicenow-incident-log"), "header"),
    ],
)
def test_a_log_that_cannot_be_read_is_refused_before_a_desk_is_started(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    log = tmp_path / "log.csv"
    log.write_text("a,b\n1,2\n")
    assert said in refused(desk("import", "log", log, *arguments, "--data", tmp_path / "desk"))
    assert not (tmp_path / "desk").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "facts", "--format", "csv"), "--format jsonl"),
        (("export", "tickets", "--ticket", "X"), "desk ticket show"),
        (("ticket", "show", "X", "--at", "yesterday"), "2026-03-02T09:00:00Z"),
        (("token", "admin", "--ttl", "long"), "8h"),
        (("token", "wizard"), "choose one of"),
        (("token", "client-it"), "client-it comes alone"),
        (("parked", "show", "12"), "SERVICE:NUMBER"),
        (("republish",), "--ticket REF, or --all"),
        (("policy", "publish", "routing", "x.yaml", "--version", "2"), "x.yaml cannot be read"),
        (("policy", "retire", "wand", "2"), "no policy 'wand'"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_the_way_out(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    (tmp_path / ".desk").mkdir()
    load_or_create_key(tmp_path / ".desk" / "token.pem")
    assert said in refused(desk(*arguments, cwd=tmp_path))


def test_a_misspelt_setting_of_a_service_is_pointed_out(tmp_path: Path) -> None:
    done = desk("serve", "triage", DESK_DATABSE_URL="postgresql://x/y")
    assert done.returncode == 1
    assert "did you mean DESK_DATABASE_URL?" in done.stderr and "DESK_DATABASE_URL: not set" in done.stderr


def test_a_psa_document_that_cannot_be_used_is_named_with_its_field(tmp_path: Path) -> None:
    (tmp_path / "psa.yaml").write_text("instances: [{id: Demo}]")
    said = refused(desk("up", "--data", tmp_path / "desk", "--port", 0, DESK_PSA=str(tmp_path / "psa.yaml")))
    assert "psa.yaml" in said and "instances.0.id" in said


@pytest.mark.parametrize("command", ["token admin", "token admin --json", "--help", "tickets --help"])
def test_output_that_cannot_be_written_is_one_line_and_exit_code_1(command: str, tmp_path: Path) -> None:
    load_or_create_key(tmp_path / "token.pem")
    arguments = command.split() if "--help" in command else [*command.split(), "--data", str(tmp_path)]
    with Path("/dev/full").open("w", encoding="ascii") as full:
        done = subprocess.run([*DESK, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith("desk: the output is incomplete (No space left on device)")


@pytest.mark.parametrize("command", ["token admin", "token admin --json"])
def test_a_reader_that_closes_the_pipe_is_one_line_and_exit_code_1(command: str, tmp_path: Path) -> None:
    load_or_create_key(tmp_path / "token.pem")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*DESK, *command.split(), "--data", tmp_path], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "desk: the output is incomplete: its reader closed the pipe\n")


@pytest.mark.parametrize("show", [lambda: show_table(("a",), [("b",)]), lambda: show_json([1]), lambda: say("a")])
def test_every_kind_of_output_raises_what_its_stream_raises(
    show: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("sys.stdout", Closed())
    with pytest.raises(BrokenPipeError):
        show()


@pytest.mark.parametrize("content", ["{}", "no json", '{"url": "x", "pid": 4711}', "[]"])
def test_a_start_removes_the_note_of_a_desk_that_was_killed_and_names_it(content: str, tmp_path: Path) -> None:
    (tmp_path / run_file.NAME).write_text(content)
    found = run_file.discard_left_over(tmp_path)
    assert found is not None and found.startswith(f"{tmp_path / run_file.NAME} was left by a desk that no longer runs")
    assert ("(pid 4711)" in found) == ("4711" in content)
    assert not (tmp_path / run_file.NAME).exists()
    assert run_file.discard_left_over(tmp_path) is None


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("ticket show X --at noon", "--at"),
        ("explain X --at noon", "--at"),
        ("sla what-if --policy standard --from noon", "--from"),
        ("sla what-if --policy standard --to noon", "--to"),
        ("policy publish matrix FILE --version 2 --effective-from noon", "--effective-from"),
    ],
)
def test_an_option_that_is_no_time_is_named(command: str, option: str, tmp_path: Path) -> None:
    (tmp_path / "matrix.yaml").write_text("a: 1\n")
    arguments = [str(tmp_path / "matrix.yaml") if part == "FILE" else part for part in command.split()]
    assert f"desk: {option}: 'noon' is not a time" in refused(desk(*arguments, "--data", tmp_path / "none"))
