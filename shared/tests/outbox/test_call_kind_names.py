"""Kinds of outbound calls: the instance in their name, and what a stop may name."""

from __future__ import annotations

import pytest

from desk.outbox.call_kind_names import may_stop, stoppable

CHANGES, CANDIDATES = "rmm/ninja-main/device-changes", "rmm/other/asset-candidates"


def test_a_stop_names_a_kind_of_vendor_an_instance_or_one_evidence() -> None:
    assert stoppable([CHANGES]) == [
        "documentation",
        "monitoring",
        "paging",
        "psa-create",
        "psa-note",
        "psa-sync",
        "rmm",
        "rmm/ninja-main",
        "rmm/ninja-main/device-changes",
        "status",
    ]


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("rmm", True),
        ("rmm/ninja-main", True),
        (CHANGES, True),
        ("rmm/ninja-man", False),
        ("psa-sync", True),
        ("psa", False),
        ("edr/falcon", False),
        ("rm", False),
    ],
)
def test_an_instance_is_checked_where_its_kind_is_called(name: str, accepted: bool) -> None:
    assert may_stop(name, ["psa-sync", CHANGES, CANDIDATES]) is accepted


def test_a_service_that_calls_no_rmm_takes_the_stop_of_an_instance_as_it_is() -> None:
    assert may_stop("rmm/ninja-main", ["psa-sync"]) and may_stop("rmm", [])
    assert not may_stop("edr/falcon", [])
