"""Every field that the project's code logs is on the allow-list, and its messages are constants."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import desk
from desk.telemetry.fields import ALLOWED, WITHHELD, Dropped, event_text

ROOT = Path(desk.__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception"}


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    for part in ("shared", "services", "deploy"):
        for path in sorted((ROOT / part).rglob("*.py")):
            if "tests" not in path.parts:
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, ast.Call) and _logs(node.func):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def _logs(function: ast.expr) -> bool:
    if not isinstance(function, ast.Attribute) or function.attr not in LEVELS:
        return False
    return isinstance(function.value, ast.Name) and function.value.id in {"log", "logger", "_log"}


def test_every_field_that_is_logged_is_allowed() -> None:
    unknown = {
        f"{place}: {keyword.arg}"
        for place, call in log_calls()
        for keyword in call.keywords
        if keyword.arg and keyword.arg not in ALLOWED | {"exc_info"}
    }
    assert not unknown, "add to desk.telemetry.fields.ALLOWED if it can hold nothing but ids, codes and numbers"


def test_every_message_is_a_constant_that_is_shown() -> None:
    calls = list(log_calls())
    assert len(calls) > 5
    texts = {place: call.args[0].value for place, call in calls if call.args and isinstance(call.args[0], ast.Constant)}
    assert sorted(texts) == sorted(place for place, call in calls if call.args)
    assert [place for place, text in texts.items() if event_text(text, Dropped()) == WITHHELD] == []
