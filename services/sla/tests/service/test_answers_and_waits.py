"""Clocks where other help desks went wrong: a short update goal, a client who ends a wait by a note, a short week."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ..conformance.conformance_answers import answer
from ..conformance.conformance_questions import asked

POLICY = (
    "{id: x, version: 1, applies: {}, calendar: always, pause: {client: [resolution, next-response]},"
    " rules: [{id: all, goals: %s}]}"
)
CASES: list[dict[str, Any]] = yaml.safe_load(
    f"""
- id: an-update-goal-shorter-than-the-first-response
  policies: [{POLICY % "{response: 8h, next-response: 1h}"}]
  facts: [2024-03-04T10:00Z opened, 2024-03-04T12:00Z client-replied id=m1]
  now: 2024-03-04T14:00Z
  expect: {{response: {{verdict: open, due: "2024-03-04T18:00Z"}}, "next-response:m1": absent}}
- id: a-client-answers-a-wait-by-a-note
  policies: [{POLICY % "{response: 8h, next-response: 2h, resolution: 8h}"}]
  facts:
  - 2024-03-04T10:00Z opened
  - 2024-03-04T10:30Z reply-sent author=human audience=public requester=yes
  - 2024-03-04T10:31Z waiting-started id=w on=client
  - 2024-03-05T10:00Z client-replied id=m1
  - 2024-03-05T10:00Z waiting-ended id=w
  now: 2024-03-05T13:00Z
  expect:
    "next-response:m1": {{verdict: breached, due: "2024-03-05T12:00Z"}}
    resolution: {{verdict: open, elapsed: 3h31m}}
"""
)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_clock_runs_from_where_it_must(case: dict[str, Any]) -> None:
    plain = {k: v if isinstance(v, dict) or v == "absent" else {"verdict": v} for k, v in case["expect"].items()}
    assert answer(case, case["facts"]) == plain


def test_a_week_of_tuesdays_only() -> None:
    calendar = {"zone": "America/Chicago", "week": {"tue": ["08:00-17:00"]}}
    ask = {"elapsed 2024-08-05T00:00Z 2024-08-20T00:00Z": "18h", "due 2024-08-07T12:00Z 10h": "2024-08-20T14:00Z"}
    assert asked({"calendar": calendar, "ask": ask}) == ask
