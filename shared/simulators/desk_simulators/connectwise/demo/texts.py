"""Texts of clients and technicians in the demo, read from `texts.yaml`."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class Story:
    """A ticket as it might come in. `board` by name, `priority` by number 1..4."""

    summary: str
    description: str
    resolution: str
    board: str
    impact: str
    severity: str
    priority: int


@dataclass(frozen=True, slots=True)
class Texts:
    stories: tuple[Story, ...]
    work_notes: tuple[str, ...]
    client_replies: tuple[str, ...]

    def resolution(self, summary: str) -> str:
        return next((story.resolution for story in self.stories if story.summary == summary), "Solved with the user.")


@cache
def texts() -> Texts:
    data = yaml.safe_load(files(__package__).joinpath("texts.yaml").read_text(encoding="utf-8"))
    stories = tuple(Story(**story) for story in data["stories"])
    return Texts(stories, tuple(data["work_notes"]), tuple(data["client_replies"]))
