"""A directory file: every record is checked before one is sent, and a wrong one is named with its line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from desk_deploy.cli.client import Desk
from desk_deploy.cli.directory.commands import KINDS, Record, add
from desk_deploy.cli.directory.file import records
from desk_deploy.cli.directory.importing import SAMPLE, _send
from desk_deploy.cli.error_messages import Failure
from desk_deploy.resources import resource

CSV = """kind,id,client,title,name,phones,hostname,starts
device,lt-1,acme,,,,LT-1,
client,acme,,Acme Ltd,,,,
contact,acme-pat,acme,,Pat Doe,+39 1;+39 2,,
,,,,,,,
staff,tess,,,Tess Tier,,,
"""


@pytest.fixture
def asked() -> list[httpx.Request]:
    return []


@pytest.fixture
def desk(asked: list[httpx.Request]) -> Iterator[Desk]:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if "globex" in request.url.path:
            problem = {"title": "A PSA owns the record", "code": "owned_by_psa", "detail": "client: 'globex'"}
            return httpx.Response(409, json=problem)
        fact = {"id": "0192f0c4-7d0e-7c0c-9d1b-0a5b1f6f2a11", "type": "desk.intake.x.v1", "ownerseq": 1}
        facts = [] if request.url.path.endswith("add-staff") else [fact]
        return httpx.Response(200, json={"subject": "x", "facts": facts, "seen": {}})

    with Desk("http://desk", "token", httpx.MockTransport(answer)) as found:
        yield found


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_records_of_a_csv_file_come_clients_first_with_their_lines(tmp_path: Path) -> None:
    found = records(written(tmp_path / "d.csv", CSV))
    assert [(record.kind, record.name, record.client, record.place) for record in found] == [
        ("client", "acme", "", "line 3"),
        ("contact", "acme-pat", "acme", "line 4"),
        ("device", "lt-1", "acme", "line 2"),
        ("staff", "tess", "", "line 6"),
    ]
    assert found[1].body["phones"] == ["+39 1", "+39 2"] and "contact" not in found[1].body


def test_the_sample_holds_every_kind_and_is_valid() -> None:
    found = records(resource(SAMPLE))
    assert {record.kind for record in found} == set(KINDS)
    assert found[0] == Record(
        "client", "acme", "", {"title": "Acme Ltd", "tier": "gold", "zone": "Europe/Rome"}, "clients, entry 1"
    )


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("d.csv", "kind,id,title\nclient,acme,\n", "line 2: title: Field required"),
        ("d.csv", "kind,id,title\nperson,acme,x\n", "line 2: kind: 'person' is none of client, contact"),
        ("d.csv", "kind,id,title\nclient,,x\n", "line 2: id: it is missing"),
        ("d.csv", "kind,id,hostname\ndevice,lt-1,x\n", "line 2: client: it is missing"),
        ("d.csv", "kind,id,client,title\nclient,acme,acme,x\n", "line 2: client: a client has none"),
        ("d.csv", "kind,id,title,colour\nclient,acme,x,red\n", "line 2: colour: Extra inputs are not permitted"),
        ("d.csv", "kind,id\nclient,acme,x\n", "line 2 has more cells than the header"),
        ("d.csv", "kind,id\n", "has no record: see `desk directory sample`"),
        ("d.yaml", "clients:\n- {id: acme}\n", "clients, entry 1: title: Field required"),
        ("d.yaml", "clients:\n- acme\n", "clients, entry 1: id: it is missing"),
        ("d.yaml", "[]", "the file is no directory: write lists named clients"),
        ("d.yaml", "{", "the file is no YAML"),
        ("d.yaml", "agreements:\n- {id: a, client: acme, kind: k, starts: soon}\n", "agreements, entry 1: starts: "),
    ],
)
def test_a_record_that_is_not_valid_is_named(name: str, text: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(Failure) as refused:
        records(written(tmp_path / name, text))
    assert named in str(refused.value)


def test_every_wrong_line_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"line 2: .*; line 4: "):
        records(written(tmp_path / "d.csv", "kind,id,title\nclient,acme,\nclient,globex,Globex\nclient,,x\n"))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be read"):
        records(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes(b"kind,id\nclient,\xe9\n")
    with pytest.raises(Failure, match="is not UTF-8"):
        records(tmp_path / "latin.csv")


def test_a_record_of_a_client_is_sent_to_its_client_with_its_id_in_the_body(
    desk: Desk, asked: list[httpx.Request]
) -> None:
    assert add(desk, Record("device", "lt-1", "ac/me", {"hostname": "LT-1"})) == ["x"]
    assert asked[0].url.raw_path == b"/intake/clients/ac%2Fme/add-device"
    assert json.loads(asked[0].content) == {"hostname": "LT-1", "device": "lt-1"}
    add(desk, Record("staff", "tess", "", {"name": "Tess"}))
    assert (asked[1].url.path, json.loads(asked[1].content)) == ("/intake/staff/tess/add-staff", {"name": "Tess"})


def test_a_refused_record_is_listed_and_the_others_are_recorded(desk: Desk) -> None:
    body: dict[str, Any] = {"title": "x"}
    found = [Record("client", name, "", body, f"line {line}") for line, name in enumerate(("acme", "globex"), 2)]
    counts, refused = _send(desk, [*found, Record("staff", "tess", "", {}, "line 4")])
    assert (counts["recorded"], counts["unchanged"]) == (1, 1)
    assert [(one["place"], one["id"], one["code"]) for one in refused] == [("line 3", "globex", "owned_by_psa")]
