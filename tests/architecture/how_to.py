"""Executes a how-to page of the handbook: places its blocks in a copy of the repository and runs its commands there.

The info string of a fenced block says what to do with it: `python file=PATH` writes a new file, `after="TEXT"`,
`before="TEXT"` and `instead="TEXT"` edit the line of an existing file that contains the text, `sh run` runs the
commands. Other blocks are illustrations.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import normpath
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

EDITS = ("after", "before", "instead")
EXECUTABLE = ("python", "sh")
"""Languages whose blocks must say what to do with them: an illustration in them would not be checked."""
PATH = re.compile(r"(?:deploy|examples|handbook|services|shared|tests)/[\w./-]+")


class PageError(Exception):
    """A page that cannot be carried out: the message names the line of the page and the reason."""


class Block(NamedTuple):
    """A fenced block. `line` is its first line in the page, `attributes` are those of the info string."""

    line: int
    language: str
    attributes: Mapping[str, str]
    content: str


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in their order. PageError for an info string that cannot be followed."""
    return [_block(token) for token in MarkdownIt().parse(page) if token.type == "fence"]


def _block(token: Token) -> Block:
    line = token.map[0] + 1 if token.map else 0
    language, *words = shlex.split(token.info) or [""]
    attributes = dict(word.partition("=")[::2] for word in words)
    edits = [name for name in EDITS if name in attributes]
    if unknown := set(attributes) - {"file", "run", *EDITS}:
        raise PageError(f"line {line}: {', '.join(sorted(unknown))} means nothing; use file, run, {', '.join(EDITS)}")
    if len(edits) > 1 or (edits and "file" not in attributes):
        raise PageError(f"line {line}: {', '.join(edits)} need one file and exclude each other")
    if language in EXECUTABLE and not attributes:
        raise PageError(f"line {line}: a block in {language} must say `file=PATH` or `run`")
    return Block(line, language, attributes, token.content)


def place(block: Block, root: Path) -> str:
    """Write the block to its file below `root`; returns the file's path in the repository. PageError when the text of
    an edit is not on exactly one line, or a new file exists already.
    """
    name = block.attributes["file"]
    path = root / name
    edit = next((edit for edit in EDITS if edit in block.attributes), None)
    if edit is None:
        if path.exists():
            raise PageError(f"line {block.line}: {name} exists already; add after, before or instead")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.content)
    else:
        path.write_text(_edited(block, path, edit))
    return name


def _edited(block: Block, path: Path, edit: str) -> str:
    text, name = block.attributes[edit], block.attributes["file"]
    if not path.is_file():
        raise PageError(f"line {block.line}: {name} does not exist; leave out {edit} to write it")
    lines = path.read_text().splitlines(keepends=True)
    found = [number for number, line in enumerate(lines) if text in line]
    if len(found) != 1:
        raise PageError(f"line {block.line}: {len(found)} lines of {name} contain {text!r}; name a text of one line")
    first = found[0] + (edit == "after")
    return "".join((*lines[:first], block.content, *lines[first + (edit == "instead") :]))


def named_paths(page: str) -> set[str]:
    """Paths of the repository that the prose names in code spans, e.g. `shared/desk/contract`."""
    spans = (child.content for token in MarkdownIt().parse(page) for child in _code_spans(token))
    return {span.rstrip("/") for span in spans if PATH.fullmatch(span)}


def _code_spans(token: Token) -> Iterator[Token]:
    return (child for child in token.children or () if child.type == "code_inline")


def linked_paths(page: str, folder: str) -> set[str]:
    """Paths of the repository that a page in that folder of the repository links to."""
    tokens = (child for token in MarkdownIt().parse(page) for child in token.children or ())
    targets = (str(token.attrs["href"]).partition("#")[0] for token in tokens if token.type == "link_open")
    return {normpath(f"{folder}/{target}") for target in targets if target and "://" not in target}
