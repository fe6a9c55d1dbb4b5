"""Pure modules hold no state: no function changes a container of a module or class, or an attribute of a class."""

from __future__ import annotations

import pytest

from .project import Module
from .state import dotted, faults, product, pure_list, state_of

PATH = "services/sla/desk_sla/engine/example.py"


def found(text: str, other: str = "") -> list[str]:
    """Names of the state of `text`, a pure module, that it or `other`, which is not pure, changes."""
    pure, user = Module(PATH, text), Module("services/sla/desk_sla/user.py", other)
    state = state_of([pure])
    return [fault.rpartition(".example.")[2] for module in (pure, user) for fault in faults(module, state)]


def test_no_function_changes_state_of_a_pure_module() -> None:
    every, prefixes = list(product()), pure_list()
    pure = [m for m in every if any(f"{dotted(m.path)}.".startswith(f"{prefix}.") for prefix in prefixes)]
    state = state_of(pure)
    assert len(pure) > 100 and len(state.containers) > 20 and len(state.classes) > 100
    assert [fault for module in every for fault in faults(module, state)] == []


@pytest.mark.parametrize(
    "change",
    [
        "SEEN[key] = 1",
        "del SEEN[key]",
        "SEEN.update({key: 1})",
        "SEEN.setdefault(key, 1)",
        "SEEN[key] += 1",
        "for key in ():\n        SEEN[key] = 1",
        "def inner():\n        SEEN.clear()",
    ],
)
@pytest.mark.parametrize("made", ["{}", "dict()", "WeakKeyDictionary()", "defaultdict[str, int](int)", "Counter()"])
def test_a_container_of_a_module_that_a_function_changes_is_found(made: str, change: str) -> None:
    assert found(f"SEEN: dict[str, int] = {made}\n\ndef use(key):\n    {change}\n") == ["SEEN"]


@pytest.mark.parametrize(
    "how", ["self.kept.append(1)", "cls.kept.append(1)", "Memo.kept.append(1)", "type(self).kept.append(1)"]
)
def test_a_container_of_a_class_that_a_method_changes_is_found(how: str) -> None:
    assert found(f"class Memo:\n    kept = []\n\n    def use(self, cls):\n        {how}\n") == ["Memo.kept"]


@pytest.mark.parametrize(
    "how", ["cls.last = 1", "Memo.last = 1", "type(self).last = 1", "Memo.last += 1", "del Memo.last"]
)
def test_a_class_attribute_that_a_method_sets_is_found(how: str) -> None:
    assert found(f"class Memo:\n    last = None\n\n    def use(self, cls):\n        {how}\n") == ["Memo.last"]


def test_a_global_that_a_function_sets_is_found() -> None:
    assert found("LAST = None\n\ndef use(value):\n    global LAST\n    LAST = value\n") == ["LAST"]


def test_a_counter_that_a_function_advances_is_found() -> None:
    assert found("IDS = itertools.count(1)\n\ndef new():\n    return next(IDS)\n") == ["IDS"]


@pytest.mark.parametrize(
    "user",
    [
        "from desk_sla.engine.example import SEEN\n\ndef use():\n    SEEN.append(1)\n",
        "from desk_sla.engine import example\n\ndef use():\n    example.SEEN.append(1)\n",
        "import desk_sla.engine.example as e\n\ndef use():\n    e.SEEN.append(1)\n",
        "from .engine.example import SEEN as other\n\ndef use():\n    other.append(1)\n",
    ],
)
def test_a_change_from_another_module_is_found(user: str) -> None:
    assert found("SEEN = []\n", user) == ["SEEN"]


@pytest.mark.parametrize(
    "text",
    [
        "TABLE = {1: 2}\n\ndef use(key):\n    return TABLE[key]\n",
        "TABLE = {}\nfor key in (1, 2):\n    TABLE[key] = key\n",
        "SEEN = []\n\ndef use():\n    SEEN = []\n    SEEN.append(1)\n",
        "SEEN = []\n\ndef use(SEEN):\n    SEEN.append(1)\n",
        "class Used:\n    def __init__(self):\n        self.a = []\n\n    def use(self):\n        self.a.append(1)\n",
        "class Payload:\n    def __init_subclass__(cls):\n        cls.name = 'x'\n",
        "NAMES = frozenset((1, 2))\n\ndef use():\n    return NAMES.union({3})\n",
    ],
)
def test_tables_that_are_only_read_and_local_state_are_allowed(text: str) -> None:
    assert found(text) == []
