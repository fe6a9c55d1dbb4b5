"""Keeps the debts of the house in `debts.toml`: each rule's count per file, which may only shrink.

A file with more than it is listed with fails, and one with fewer, so that the list is always what is left to do. After
a change for the better, or after modules were moved, `python -m tests.architecture` writes the list again; it refuses
to when a rule's total grew.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.architecture.glossary import glossary
from tests.architecture.names import banned
from tests.architecture.project import Module, is_test, modules
from tests.architecture.prose import noun_sentences, opens_as_noun
from tests.architecture.sizes import function_lines_too_many, lines_too_many, modules_too_many
from tests.architecture.typing_any import any_lines, by_room, without_reason

FILE = Path(__file__).with_name("debts.toml")
UPDATE = "python -m tests.architecture"
HEADER = f"# What the house still owes, by rule and file. Written by `{UPDATE}`; may only shrink.\n"
Counts = Mapping[str, int]


class Rule(NamedTuple):
    """One rule of the house. `unit` names what is counted. Rules about one module have `measure`, and those that tests
    must follow, too, have `tests`. Counts are kept by file, or by folder with `rooms`."""

    name: str
    unit: str
    measure: Callable[[Module], int] | None = None
    tests: bool = False
    rooms: bool = False


def _banned_names(module: Module) -> int:
    return len(banned(module, glossary().ban, glossary().wire))


RULES = (
    Rule("banned_names", "identifiers with a word of the ban list", _banned_names),
    Rule("noun_openings", "module docstrings that open with What, Which, Who, Whoever, How or When",
         lambda module: int(opens_as_noun(module)), tests=True),
    Rule("noun_sentences", "sentences of docstrings that begin with What, Which, Who or Whoever",
         lambda module: len(noun_sentences(module)), tests=True),
    Rule("modules_per_folder", "modules above 15 in a folder"),
    Rule("lines_per_module", "lines above the limit of a module", lines_too_many),
    Rule("lines_per_function", "lines above 30 in functions", function_lines_too_many),
    Rule("uses_of_any", "uses of Any", lambda module: len(any_lines(module)), rooms=True),
    Rule("any_without_reason", "uses of Any without a reason beside them",
         lambda module: len(without_reason(module)), rooms=True),
)  # fmt: skip


@cache
def measured() -> dict[str, dict[str, int]]:
    """Counts of the project as it is: rule -> path -> count, without zeros."""
    found: dict[str, dict[str, int]] = {rule.name: {} for rule in RULES}
    product = []
    for module in modules():
        test = is_test(module.path)
        if not test:
            product.append(module.path)
        for rule in RULES:
            if rule.measure is not None and (rule.tests or not test) and (number := rule.measure(module)):
                found[rule.name][module.path] = number
    rooms = {rule.name: by_room(found[rule.name].items()) for rule in RULES if rule.rooms}
    return found | rooms | {"modules_per_folder": modules_too_many(product)}


def listed(file: Path = FILE) -> dict[str, dict[str, int]]:
    """The debts as they are listed: rule -> path -> count."""
    return tomllib.loads(file.read_text()) if file.exists() else {}


def checked(name: str) -> list[str]:
    """The findings of the rule of that name; prints its total."""
    found = measured()[name]
    sys.stdout.write(f"{name}: {sum(found.values())} in {len(found)} places\n")
    return differences(found, listed().get(name, {}), name)


def differences(found: Counts, owed: Counts, unit: str) -> list[str]:
    """One line for every path whose count is not the listed one, with its remedy."""
    lines = []
    for path in sorted(found.keys() | owed.keys()):
        have, had = found.get(path, 0), owed.get(path, 0)
        if have > had:
            lines.append(f"{path}: {have} {unit}, listed {had}: remove {have - had}, or run `{UPDATE}` after a move")
        elif have < had:
            lines.append(f"{path}: {have} {unit}, listed {had}: run `{UPDATE}`")
    return lines


def growth(found: Mapping[str, Counts], owed: Mapping[str, Counts]) -> list[str]:
    """One line for every listed rule whose total grew, with the paths that have more than before."""
    lines = []
    for name in sorted(found.keys() & owed.keys()):
        have, had = sum(found[name].values()), sum(owed[name].values())
        if have > had:
            more = [path for path, count in sorted(found[name].items()) if count > owed[name].get(path, 0)]
            lines.append(f"{name}: {have}, listed {had}; more than before: {', '.join(more)}")
    return lines


def written(found: Mapping[str, Counts]) -> str:
    """The text of `debts.toml`."""
    tables = []
    for name, counts in found.items():
        rows = "".join(f"{json.dumps(path)} = {count}\n" for path, count in sorted(counts.items()))
        tables.append(f"\n[{name}] # {sum(counts.values())} in all\n{rows}")
    return HEADER + "".join(tables)
