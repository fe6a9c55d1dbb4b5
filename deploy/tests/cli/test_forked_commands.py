"""Commands of tests are processes of their own: output, code, directory and environment are theirs, also at once."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from desk_deploy.testing.command_line import DESK, environment, run


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
