"""From NinjaOne's records to the port's, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from desk_connectors.ninjaone.records import Activity, Device, OsPatchInstall, SoftwarePatchInstall, read
from desk_connectors.ninjaone.testing import NOW, activity, device, os_patch
from desk_connectors.reading import without_nulls
from desk_integrations.kinds.rmm import RmmAlert
from desk_integrations.outcomes import WebhookIgnored, WebhookRefused
from desk_integrations.rmm.ninjaone.translation import (
    LONGEST_TEXT,
    is_user,
    name_matches,
    ranked,
    to_changes,
    to_device,
    to_patch,
    webhook_alert,
)

AT = datetime(2026, 1, 15, 14, 0, tzinfo=UTC)


def device_record(number: int = 1, **changes: Any) -> Device:
    return read(Device, without_nulls(device(number, **changes)))


def activity_record(number: int = 1, at: float = NOW, **changes: Any) -> Activity:
    return read(Activity, without_nulls(activity(number, at, **changes)))


def test_a_device_without_detail_has_empty_fields_and_an_unknown_state() -> None:
    bare = read(Device, {"id": 7, "organizationId": 42, "displayName": "Old printer"})
    found = to_device(bare)
    assert (found.external, found.hostname, found.online, found.last_contact, found.serial) == (
        "7",
        "Old printer",
        None,
        None,
        "",
    )


@pytest.mark.parametrize(
    ("hostname", "changes", "matches"),
    [
        ("BRX-WS-001", {}, ("hostname",)),
        ("brx-ws-001.brixton.local", {}, ("dns-name",)),
        ("brx-ws-001.brixton.local.", {}, ("dns-name",)),
        ("brx-ws-001.other.local", {}, ()),
        ("brx-ws-001.other.local", {"dnsName": "BRX-WS-001"}, ("hostname",)),
        ("BRX-WS-001", {"dnsName": "brx-ws-001"}, ("dns-name", "hostname")),
        ("LONGNETBIOSNAM1", {"netbiosName": "LONGNETBIOSNAM1"}, ("hostname",)),
        ("BRX-WS", {}, ()),
        ("", {"systemName": "", "dnsName": ""}, ()),
    ],
)
def test_names_are_compared_whole_and_without_case(
    hostname: str, changes: dict[str, Any], matches: tuple[str, ...]
) -> None:
    assert name_matches(device_record(1, **changes), hostname) == matches


@pytest.mark.parametrize(
    ("reported", "upn", "same"),
    [
        ("BRIXTON\\a.khan", "A.Khan@brixton.example", True),
        ("a.khan", "a.khan@brixton.example", True),
        ("a.khan@brixton.example", "a.khan@brixton.example", True),
        ("AzureAD\\a.khan@brixton.example", "a.khan@brixton.example", True),
        ("BRIXTON\\a.khan2", "a.khan@brixton.example", False),
        ("", "@brixton.example", False),
        ("", "", False),
    ],
)
def test_users_are_compared_by_their_local_part(reported: str, upn: str, same: bool) -> None:
    assert is_user(reported, upn) is same


def test_a_device_that_matches_in_nothing_is_no_candidate() -> None:
    assert ranked([(device_record(), ())]) == ()


def test_a_patch_keeps_its_title_and_says_that_it_failed() -> None:
    patch = to_patch(read(OsPatchInstall, os_patch(1, NOW, status="FAILED")))
    assert patch is not None and patch.at == AT and patch.what.endswith("(KB5099001) (failed)")
    software = to_patch(read(SoftwarePatchInstall, {"id": "x", "productIdentifier": "p-1", "installedAt": NOW}))
    assert software is not None and software.what == "p-1"
    assert to_patch(read(OsPatchInstall, os_patch(1, NOW * 1000))) is None


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        ("SYSTEM", "SOFTWARE_ADDED", "install"),
        ("SYSTEM", "SOFTWARE_REMOVED", "install"),
        ("SYSTEM", "SOFTWARE_UPDATED", "install"),
        ("SYSTEM", "SYSTEM_REBOOTED", "reboot"),
        ("SCRIPTING", "COMPLETED", "script"),
        ("ACTION", "STARTED", "script"),
        ("DYNAMIC_POLICY", "ANY_OF_677_CODES", "policy"),
        ("SYSTEM", "USER_LOGGED_IN", None),
        ("PATCH_MANAGEMENT", "PATCH_MANAGEMENT_INSTALLED", None),
        ("CONDITION", "TRIGGERED", None),
    ],
)
def test_activities_are_changes_by_type_and_code(kind: str, code: str, expected: str | None) -> None:
    changes = to_changes([activity_record(activityType=kind, statusCode=code)])
    assert [change.kind for change in changes] == ([expected] if expected else [])


def test_start_and_end_of_one_script_are_one_change_at_its_start() -> None:
    series: dict[str, Any] = {"activityType": "SCRIPTING", "seriesUid": "run-1"}
    rows = [
        activity_record(2, NOW, statusCode="COMPLETED", **series),
        activity_record(1, NOW - 30, statusCode="STARTED", **series),
        activity_record(3, NOW, activityType="SCRIPTING", seriesUid="run-2"),
    ]
    assert [(change.external, change.at.timestamp()) for change in to_changes(rows)] == [("1", NOW - 30), ("3", NOW)]


def test_texts_of_the_vendor_are_bounded() -> None:
    (change,) = to_changes([activity_record(message="x" * 100_000)])
    assert len(change.what) == LONGEST_TEXT


CONDITION: dict[str, Any] = {"activityType": "CONDITION", "seriesUid": "alert-1", "message": "Disk full"}


def test_a_condition_that_triggers_and_resets_is_one_alert() -> None:
    fired = webhook_alert(activity_record(5, statusCode="TRIGGERED", severity="MAJOR", **CONDITION))
    cleared = webhook_alert(activity_record(6, NOW + 60, statusCode="RESET", **CONDITION))
    expected = RmmAlert(
        alert="alert-1", state="firing", at=AT, external="5127", severity="MAJOR", what="Disk full", sequence="5"
    )
    assert fired == expected
    assert isinstance(cleared, RmmAlert)
    assert replace(cleared, at=AT, severity="MAJOR", sequence="5", state="firing") == expected


@pytest.mark.parametrize("code", ["ACKNOWLEDGED", "DISABLED", "SOMETHING_NEW"])
def test_other_states_of_a_condition_are_no_alerts(code: str) -> None:
    assert webhook_alert(activity_record(statusCode=code, **CONDITION)) == WebhookIgnored()


@pytest.mark.parametrize("changes", [{"deviceId": None}, {"seriesUid": ""}, {"activityTime": NOW * 1000}])
def test_an_alert_without_device_series_or_time_is_malformed(changes: dict[str, Any]) -> None:
    given = {"statusCode": "TRIGGERED", **CONDITION, **changes}
    assert webhook_alert(activity_record(**given)) == WebhookRefused("malformed")
