"""Published patterns: those that could hold the interpreter are refused, the others find what `re` finds, in time."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.decision.policies.docs import SummaryLint
from desk.decision.policies.patterns import danger, spans
from desk.policies import builtin

REFUSED = [
    r"(a+)+$", r"(a|a)*b", r"(a|aa)+$", r"\w*\w*\w*x", r"\s*\s*$", r"(\w+\s?)*$", r"(.*)(.*)x", r"(x+x+)+y",
    r"(?:a?){20}a{20}", r"(a)\1*", r"(?=.*a.*b)x", r"[A-Z]+(?i:z)", r".*@", r"(a{1,20}){1,20}b", r"((a*)*)*", r"(",
    r"(?:a*b?){0,19}c", r"(?<=a|b)x*x",
]  # fmt: skip
ACCEPTED = [
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b", r"\\\\[\w.$-]+\\[\w$.\\-]+", r"\w+@\w+", r"[a-z]+\d+", r"(?:ab)+c", r"INC\d{7,}",
    r"\bpassword\s*[:=]\s*\S+", r"(?<![\w/])/(?:etc|var)/[\w./-]+", r"https?://\S+", r"(?:a|b)*c", r"(?:a+|b)c",
]  # fmt: skip
HOSTILE = [
    "a" * 10_000,
    "1" * 10_000,
    "ab" * 5_000,
    " " * 10_000,
    "a@" * 5_000,
    "\\" * 10_000,
    "1." * 5_000,
    "a" * 34 + "!",
]


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_pattern_that_can_take_for_ever_is_refused_when_it_is_published(pattern: str) -> None:
    assert danger(pattern)
    with pytest.raises(ValueError, match="refused"):
        SummaryLint.model_validate({"patterns": {"name": pattern}})


@pytest.mark.parametrize("pattern", ACCEPTED)
def test_a_pattern_that_is_accepted_is_quick_on_hostile_texts(pattern: str) -> None:
    assert SummaryLint.model_validate({"patterns": {"name": pattern}})
    began = time.process_time()
    for text in HOSTILE:
        assert len(list(spans(pattern, text))) <= len(text)
    assert time.process_time() - began < 5


def test_every_pattern_that_ships_is_accepted() -> None:
    shipped = builtin("summary-lint")
    assert len(SummaryLint.model_validate(shipped).patterns) == 6


@pytest.mark.parametrize("pattern", ACCEPTED)
@settings(max_examples=60, deadline=None)
@given(st.text(r"ab1@c.\/ P:=I", max_size=390))
def test_windows_find_what_the_engine_finds(pattern: str, text: str) -> None:
    whole = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
    assert list(spans(pattern, text)) == whole


def test_a_match_across_windows_is_found_once() -> None:
    text = "x " * 150 + "password: hunter2" + " y" * 600 + " password=again"
    found = [text[start:end] for start, end in spans(r"\bpassword\s*[:=]\s*\S+", text)]
    assert found == ["password: hunter2", "password=again"]


def test_a_dangerous_pattern_is_not_run() -> None:
    with pytest.raises(ValueError, match="repetition"):
        list(spans("(a+)+$", "a" * 34 + "!"))
