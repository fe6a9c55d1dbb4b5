"""Finds docstrings that begin a sentence with a question word used as a noun."""

from __future__ import annotations

import ast
import re

from tests.architecture.project import Module, blocks

WORDS = re.compile(r"\b(What|Which|Who|How|When)")
"""A module without any of these needs not be parsed."""
OPENING = re.compile(r"(What|Which|Who|Whoever|How|When)\b")
SENTENCE = re.compile(r"(?:^|(?<=[.:;!?] )|(?<=\n\n))(What|Which|Who|Whoever)\b[^.?!]*[.?!]?", re.MULTILINE)


def opens_as_noun(module: Module) -> bool:
    """Whether the module's docstring begins with one of the words."""
    return bool(WORDS.search(module.text)) and bool(OPENING.match(ast.get_docstring(module.tree) or ""))


def noun_sentences(module: Module) -> list[str]:
    """Sentences of docstrings that begin with What, Which, Who or Whoever and ask nothing."""
    if not WORDS.search(module.text):
        return []
    docstrings = (ast.get_docstring(node) or "" for node in blocks(module.tree))
    texts = (text.replace("\n\n", "\0").replace("\n", " ") for text in docstrings)
    found = (match.group() for text in texts for match in SENTENCE.finditer(text.replace("\0", "\n\n")))
    return [sentence for sentence in found if not sentence.endswith("?")]
