"""Commands of tests are processes of their own: output, code, directory and environment are theirs, also at once."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from pathlib import Path

import pytest

from desk_deploy.testing.command_line import DESK, environment, run
from desk_deploy.testing.fork_server import ForkServer


@pytest.mark.parametrize("arguments", [["--help"], ["tickets"], ["nosuch"], ["tickets", "--data"]], ids=str)
def test_a_forked_command_answers_as_one_that_was_started(arguments: list[str], tmp_path: Path) -> None:
    env = environment({"COLUMNS": "100"})
    started = subprocess.run([*DESK, *arguments], capture_output=True, text=True, cwd=tmp_path, env=env, check=False)
    forked = run(*arguments, cwd=tmp_path, env={"COLUMNS": "100"})
    assert (forked.returncode, forked.stdout, forked.stderr) == (started.returncode, started.stdout, started.stderr)


async def test_commands_at_once_have_their_own_directory_and_environment(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(4)]
    for folder in folders:
        folder.mkdir()
    done = await asyncio.gather(
        *(asyncio.to_thread(run, "tickets", "--data", f"desk-{folder.name}", cwd=folder) for folder in folders)
    )
    for folder, one in zip(folders, done, strict=True):
        assert one.returncode == 1 and f"desk-{folder.name} has no desk" in one.stderr
    named = run("tickets", cwd=tmp_path, env={"DESK_URL": "http://127.0.0.1:1", "DESK_TOKEN": "t"})
    assert "does not answer" in named.stderr


def test_a_command_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run("up", "--data", tmp_path, "--port", "0", patience=0.5)


def test_a_forked_process_is_stopped_by_signals_and_ends_with_its_server(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        outputs = log.fileno(), log.fileno()
        server = ForkServer("import time", "time.sleep(60)")
        stopped, left = (server.fork([], tmp_path, environment({}), outputs) for _ in range(2))
        stopped.stop((signal.SIGTERM, 20.0))
        assert (stopped.alive, stopped.code) == (False, -signal.SIGTERM)
        assert left.alive and left.code is None
        server.stop()
        assert left.wait(20.0) and left.code == -signal.SIGKILL


def test_a_server_that_cannot_load_its_program_says_so(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        server = ForkServer("import nosuch", "", errors=log.fileno())
        with pytest.raises(RuntimeError, match="did not start"):
            server.fork([], tmp_path, {}, (log.fileno(), log.fileno()))
        server.stop()
    assert "nosuch" in (tmp_path / "log").read_text()
