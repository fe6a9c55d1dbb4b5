"""Loads the wording that identifies absence notices and messages of mail servers from `notice_patterns.yaml`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import yaml


class NoticePatterns(NamedTuple):
    """One pattern per purpose; comments in the file describe each."""

    subject: re.Pattern[str]
    bounce: re.Pattern[str]
    absent: re.Pattern[str]
    until: re.Pattern[str]
    future: re.Pattern[str]
    soon: re.Pattern[str]
    courtesy: re.Pattern[str]
    promise: re.Pattern[str]
    closing: re.Pattern[str]
    answer: re.Pattern[str]


@cache
def notice_patterns() -> NoticePatterns:
    """The patterns, compiled once; every line of the file is an alternative."""
    found = yaml.safe_load((files("desk_intake.psa.conversation.mail") / "notice_patterns.yaml").read_text("utf-8"))
    return NoticePatterns(**{purpose: _compiled(found[purpose]) for purpose in NoticePatterns._fields})


def _compiled(lines: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{line})" for line in lines.splitlines() if line.strip()), re.IGNORECASE)
