"""The handbook's page about rating: its example has the printed answer, and every fragment is accepted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from desk.decision.policies.labour.conditions import NAMES
from desk_billing.rating.trial.answer import Trial

PAGE = (Path(__file__).parents[4] / "handbook" / "money.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
WORLDS = [text for kind, text in BLOCKS if kind == "yaml"]


def test_the_example_has_the_answer_that_the_page_prints() -> None:
    (printed,) = [json.loads(text) for kind, text in BLOCKS if kind == "json"]
    assert msgspec.to_builtins(Trial.of_text(WORLDS[0]).answer) == printed


@pytest.mark.parametrize("text", WORLDS[1:], ids=lambda text: text.partition(":")[0])
def test_every_fragment_is_accepted_with_the_documents_of_the_example(text: str) -> None:
    example: dict[str, Any] = yaml.safe_load(WORLDS[0])
    fragment = yaml.safe_load(text)
    base = {key: example[key] for key in ("calendar", "card", "rules", "tickets")}
    trial = Trial({**base, **fragment})
    assert trial.problems == []
    assert trial.ledger is not None
    assert set(trial.ledger.accounts) >= {one["entry"] for one in fragment.get("entries", [])}


def test_the_page_names_every_condition() -> None:
    assert [name for name in NAMES if f"`{name}`" not in PAGE] == []
