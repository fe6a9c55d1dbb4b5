"""The rooms of the tree: packages of the project and the sentence that each says about itself."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

from tests.architecture.project import ROOT

PAGE = ROOT / "handbook" / "architecture.md"
BEGIN, END = "<!-- rooms: written by `python -m tests.architecture` -->", "<!-- end of rooms -->"
PACKAGES = (
    "shared/desk",
    "shared/connectors/desk_connectors",
    "shared/integrations/desk_integrations",
    "shared/simulators/desk_simulators",
    "services/intake/desk_intake",
    "services/triage/desk_triage",
    "services/sla/desk_sla",
    "services/billing/desk_billing",
    "services/docs/desk_docs",
    "deploy/desk_deploy",
)
DEPTH = 2


class Room(NamedTuple):
    """A package: its path in the repository and the first sentence of its docstring, empty without one."""

    path: str
    says: str

    @property
    def depth(self) -> int:
        """Levels below its top package."""
        top = next(package for package in PACKAGES if self.path == package or self.path.startswith(f"{package}/"))
        return len(Path(self.path).relative_to(top).parts)


def rooms() -> list[Room]:
    """Every package of the project, each before what it contains."""
    found = []
    for top in PACKAGES:
        for file in sorted((ROOT / top).rglob("__init__.py")):
            text = ast.get_docstring(ast.parse(file.read_text())) or ""
            first = " ".join(text.partition("\n\n")[0].split())
            found.append(Room(file.parent.relative_to(ROOT).as_posix(), first))
    return found


def table() -> str:
    """The rooms down to two levels as an indented list, one line each."""
    lines = ["```"]
    for room in rooms():
        if room.depth <= DEPTH and not room.path.endswith("/migrations"):
            name = room.path if room.depth == 0 else "  " * room.depth + room.path.rpartition("/")[2] + "/"
            lines.append(f"{name:38} {room.says}".rstrip())
    return "\n".join([*lines, "```"])


def page(text: str) -> str:
    """The page with its list of rooms written anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"
