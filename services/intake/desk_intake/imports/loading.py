"""Reads mapping documents: built-in ones by name, others from a YAML file. All mistakes are reported at once."""

from __future__ import annotations

from collections.abc import Hashable
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from desk_intake.imports.mapping import Mapping

BUILT_IN = ("servicenow-incident-log", "helpdesk-activity-log")
MAX_BYTES = 1_000_000
REMEDIES = {
    "missing": "add it",
    "extra_forbidden": "remove it or correct its name",
    "string_type": "write one text",
    "string_too_short": "fill it in",
    "list_type": "write a list",
}


class Problem(NamedTuple):
    """One mistake in a document: the field (dotted), what is wrong, and what to do."""

    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}; {self.remedy}" if self.remedy else f"{self.field}: {self.problem}"


class MappingRefused(ValueError):
    """The mapping document cannot be used. `problems` holds every mistake, `where` the requested name or path."""

    def __init__(self, where: str, problems: list[Problem]) -> None:
        super().__init__(f"mapping {where} refused: " + " | ".join(str(problem) for problem in problems))
        self.where, self.problems = where, problems


def load_mapping(name_or_path: str) -> Mapping:
    """The built-in mapping of that name, else the YAML file at that path. MappingRefused lists the mistakes."""
    if name_or_path in BUILT_IN:
        return parse_mapping(_built_in_text(name_or_path), name_or_path)
    path = Path(name_or_path)
    if not path.is_file():
        names = ", ".join(BUILT_IN)
        raise MappingRefused(name_or_path, [Problem("mapping", "no such file", f"give a path, or one of {names}")])
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise MappingRefused(name_or_path, [Problem("mapping", "larger than 1 MB", "give the mapping, not the log")])
    try:
        return parse_mapping(raw.decode("utf-8-sig"), name_or_path)
    except UnicodeDecodeError as error:
        raise MappingRefused(name_or_path, [Problem("mapping", "not UTF-8", "save the file as UTF-8")]) from error


def parse_mapping(text: str, where: str = "given") -> Mapping:
    """Parse a mapping from YAML. MappingRefused lists every mistake with field and remedy."""
    try:
        document = yaml.load(text, _Texts)  # noqa: S506 - constructs only texts, lists and mappings
    except (yaml.YAMLError, RecursionError) as error:
        problem = " ".join(str(error).split()) or "nested too deeply"
        raise MappingRefused(where, [Problem("mapping", f"not valid YAML: {problem}", "correct it there")]) from error
    if not isinstance(document, dict):
        raise MappingRefused(where, [Problem("mapping", "holds no fields", "write name:, source:, columns: ...")])
    try:
        return Mapping.model_validate(document)
    except ValidationError as error:
        raise MappingRefused(where, _problems(error)) from error


def built_in_mappings() -> list[Mapping]:
    """Every mapping that ships with intake, in the order of `BUILT_IN`."""
    return [parse_mapping(_built_in_text(name), name) for name in BUILT_IN]


def _built_in_text(name: str) -> str:
    return (files("desk_intake.imports") / "builtin" / f"{name}.yaml").read_text("utf-8")


def _problems(error: ValidationError) -> list[Problem]:
    found: dict[str, Problem] = {}
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        field = ".".join(str(part) for part in detail["loc"] if not _is_union_branch(part)) or "mapping"
        problem = detail["msg"].removeprefix("Value error, ")
        found.setdefault(field, Problem(field, problem, REMEDIES.get(detail["type"], "")))
    return list(found.values())


def _is_union_branch(part: int | str) -> bool:
    return isinstance(part, str) and (part == "[key]" or part.startswith(("literal[", "dict[")))


class _Texts(yaml.BaseLoader):
    """Reads every scalar as text (a state may be called Yes, 1 or null) and refuses duplicate keys."""

    # Any: the type that the library declares
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)
