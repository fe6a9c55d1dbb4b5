"""Where `--out` points to: a file, a link, or something that is no file and must stay what it is."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

from desk_deploy.cli.history.export import target


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    """As a device does: an export to /dev/null by root must not put a file in its place."""
    pipe, read = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    with target(pipe) as file:
        file.write(b"row")
    still = stat.S_ISFIFO(pipe.stat().st_mode)
    reader.join(1)
    assert (still, read) == (True, [b"row"])


def test_a_link_stays_and_its_file_is_replaced_when_whole(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"before")
    link.symlink_to(file)
    with target(link) as out:
        out.write(b"row")
        out.flush()
        assert file.read_bytes() == b"before"
    assert (link.is_symlink(), file.read_bytes()) == (True, b"row")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]
