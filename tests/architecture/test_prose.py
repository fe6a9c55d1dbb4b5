"""Docstrings begin with a verb or a noun phrase, but for those still listed as debts."""

from __future__ import annotations

import pytest
from tests.architecture.project import Module
from tests.architecture.prose import noun_sentences, opens_as_noun
from tests.architecture.ratchet import checked


@pytest.mark.parametrize("name", ["noun_openings", "noun_sentences"])
def test_question_words_used_as_nouns_do_not_grow(name: str) -> None:
    assert checked(name) == []


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("What a service is made of.", True),
        ("Whoever waits.", True),
        ("How a ticket ends.", True),
        ("When it is due.", True),
        ("Whatever.", False),
        ("Reads what came.", False),
    ],
)
def test_only_the_first_word_of_a_module_counts(text: str, opens: bool) -> None:
    assert opens_as_noun(Module("a.py", f'"""{text}"""')) is opens


def test_sentences_of_all_docstrings_are_looked_at_and_questions_are_not() -> None:
    code = '''
"""Reads it. What is late
waits."""

class A:
    """Who asks? Which one?

    Whoever finds it."""

    def f(self):
        """Say what it is; Whatever."""
        return "What a string."
'''
    assert noun_sentences(Module("a.py", code)) == ["What is late waits.", "Whoever finds it."]
    assert noun_sentences(Module("a.py", "x = 1")) == []
