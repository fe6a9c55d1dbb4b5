"""Policy documents as people write them: YAML makes days and numbers of unquoted text."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.policies import document


def test_days_without_quotes_and_keys_that_are_numbers_are_text(tmp_path: Path) -> None:
    file = tmp_path / "terms.yaml"
    file.write_text(
        "from: 2026-01-01\nat: 2026-01-01T09:00:00Z\nrates: {1: 120, 2: 0.5}\nopen: [true, null]\n", "utf-8"
    )
    assert document(file) == {
        "from": "2026-01-01",
        "at": "2026-01-01T09:00:00Z",
        "rates": {"1": 120, "2": 0.5},
        "open": [True, None],
    }


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.yaml"
    file.write_text("- one\n", "utf-8")
    with pytest.raises(Failure, match="is not a document"):
        document(file)
