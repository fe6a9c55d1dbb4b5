"""Refusals of the embedded PostgreSQL: one line each, with the remedy."""

from pathlib import Path

import pytest

import desk_deploy.postgres.binaries
from desk_deploy.postgres.binaries import installation
from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.postgres.run import complaint
from desk_deploy.up.process import LaunchError


def refusal(data_dir: Path, programs: Path | None = None) -> str:
    with pytest.raises(LaunchError) as raised:
        EmbeddedPostgres(data_dir, fsync=False, programs=programs).start()
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "desk").write_text("")
    assert "cannot be used" in refusal(tmp_path / "desk")
    assert "--data DIR" in refusal(tmp_path / "desk")


def test_a_cluster_of_another_version(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, fsync=False):
        pass
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")
    assert "was created by PostgreSQL 9, the desk has 18" in refusal(tmp_path)


def test_a_lost_password(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, fsync=False):
        pass
    (tmp_path / "postgres.access").unlink()
    assert f"{tmp_path}/postgres.access is missing or damaged" in refusal(tmp_path)
    (tmp_path / "postgres.access").write_text('{"password": "x", "port": "many"}')
    assert "restore it from a backup" in refusal(tmp_path)


def test_a_cluster_that_does_not_start_names_its_complaint_and_the_log(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, fsync=False):
        pass
    (tmp_path / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")
    why = refusal(tmp_path)
    assert "no_such_setting" in why or "configuration file" in why
    assert f"(see {tmp_path}/postgres.log)" in why


def test_programs_that_are_not_postgresql(tmp_path: Path) -> None:
    (tmp_path / "programs" / "bin").mkdir(parents=True)
    assert f"{tmp_path}/programs has no PostgreSQL" in refusal(tmp_path / "desk", tmp_path / "programs")


def test_a_refused_start_gives_the_directory_back(tmp_path: Path) -> None:
    refusal(tmp_path, tmp_path / "nothing")
    with EmbeddedPostgres(tmp_path, fsync=False) as server:
        assert server.pid is not None


def test_no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_deploy.postgres.binaries, "WHEEL", "no-such-wheel")
    with pytest.raises(LaunchError, match="pip install no-such-wheel, or give a server with --database URL"):
        installation()


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("LOG: a\nFATAL: disk full\nremoving contents", "FATAL: disk full"),
        ("initdb: error: no space\ninitdb: removing data directory", "initdb: error: no space"),
        ("only this\n\n", "only this"),
        ("", "no message"),
    ],
)
def test_of_a_programs_output_the_line_that_says_what_is_wrong_is_shown(output: str, line: str) -> None:
    assert complaint(output) == line
