"""Every type has an owner, a meaning, a natural key, a schema and a sample; the published documents agree with the
code."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from desk.contract.catalogue import FACTS, TYPES, UPCASTERS, initial, stream_of
from desk.contract.codec import decode, encode
from desk.contract.event import CycleRule, Payload, Spec, Stream, Text
from desk.contract_docs import generate
from desk.contract_docs.rules import problems
from desk.contract_docs.samples import sample


def test_types_documents_and_samples_agree() -> None:
    assert generate.drift() == []


GONE = "its golden sample is missing, but such facts exist: restore it"


class Good(Payload, frozen=True, kw_only=True):
    """A valid fact type."""

    spec = Spec("docs", ("code",))
    code: str


class Undocumented(Payload, frozen=True, kw_only=True):
    spec = Spec("docs", ("code",))
    code: str


class Keyless(Payload, frozen=True, kw_only=True):
    """A type without natural key."""

    spec = Spec("docs", ())


class BadKey(Payload, frozen=True, kw_only=True):
    """A type whose key names a missing field, and a text."""

    spec = Spec("docs", ("missing", "cycle", "words"))
    words: Text


class Nobodys(Payload, frozen=True, kw_only=True):
    """A type with an unknown owner."""

    spec = Spec("marketing", ("code",))  # type: ignore[arg-type]
    code: str


class Unspecified(Payload, frozen=True, kw_only=True):
    """A type without spec."""


class Renewed(Payload, frozen=True, kw_only=True):
    """A type whose first version cannot be read any more."""

    spec = Spec("docs", ("code",), version=2)
    code: str


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([Good], []),
        ([Undocumented], ["Undocumented: has no doc line"]),
        ([Keyless], ["Keyless: has no natural key"]),
        (
            [BadKey],
            [
                "BadKey: natural key names 'missing', which is no field",
                "BadKey: natural key names 'words', which is sealed",
                "BadKey: natural key names the cycle, but the fact carries none",
            ],
        ),
        ([Nobodys], ["Nobodys: owner 'marketing' is no owner"]),
        ([Unspecified], ["Unspecified: has no spec"]),
        ([Renewed], ["Renewed: desk.docs.renewed.v1 was published and cannot be read any more"]),
        ([Good, Good], ["desk.docs.good.v1: 2 classes have this type"]),
    ],
    ids=lambda value: "",
)
def test_a_type_that_lacks_something_is_named(facts: list[type[Payload]], expected: list[str]) -> None:
    found = problems(facts)
    assert len(found) == len(expected)
    assert all(line.startswith(begin) for line, begin in zip(found, expected, strict=True))


def test_an_upcaster_must_lead_to_a_type_that_exists() -> None:
    upcasters = {"desk.docs.good.v1": UPCASTERS["desk.billing.unbilled-labour-flagged.v1"]._replace(now="nowhere")}
    assert problems([], upcasters) == ["desk.docs.good.v1: becomes nowhere, which does not exist"]


def test_every_stream_has_a_state_to_begin_with() -> None:
    assert all(initial(stream) is not None for stream in Stream)
    assert {cls.spec.stream for cls in FACTS} == set(Stream)
    assert stream_of("desk.triage.resolved.v1") is Stream.TICKETS
    assert stream_of("desk.billing.unbilled-labour-flagged.v1") is Stream.TICKETS
    assert stream_of("desk.docs.policy-published.v1") is Stream.POLICIES
    assert stream_of("desk.triage.from-the-future.v1") is None


@cache
def registry() -> Registry[Any]:
    folder = generate.HANDBOOK / "schemas"
    envelope = Resource.from_contents(json.loads((folder / "envelope.json").read_text("utf-8")))
    made: Registry[Any] = Registry().with_resource("envelope.json", envelope)
    return made


def schema_errors(type_name: str, fact: dict[str, Any]) -> list[str]:
    schema = json.loads((generate.HANDBOOK / "schemas" / f"{type_name}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema, registry=registry()).iter_errors(fact)]


@pytest.mark.parametrize("type_name", TYPES)
def test_the_golden_sample_fits_its_schema_and_a_damaged_one_does_not(type_name: str) -> None:
    fact = json.loads((generate.GOLDEN / f"{type_name}.json").read_text("utf-8"))
    assert schema_errors(type_name, fact) == []
    assert schema_errors(type_name, {**fact, "source": "/desk/elsewhere"})
    assert schema_errors(type_name, {**fact, "ownerseq": "one"})
    assert schema_errors(type_name, {name: value for name, value in fact.items() if name != "data"})


@pytest.mark.parametrize("type_name", UPCASTERS)
def test_samples_of_earlier_versions_read_as_todays(type_name: str) -> None:
    heard = decode((generate.GOLDEN / f"{type_name}.json").read_bytes())
    assert heard.type == UPCASTERS[type_name].now
    assert type(heard.data) is TYPES[heard.type]
    assert decode(encode(heard)) == heard


def test_the_asyncapi_document_names_every_type_on_its_topic_and_its_sender() -> None:
    document = yaml.safe_load((generate.HANDBOOK / "asyncapi.yaml").read_text("utf-8"))
    assert document["asyncapi"] == "3.0.0"
    for name, payload in TYPES.items():
        channel, owner = payload.spec.stream.value, name.split(".")[1]
        assert name in document["channels"][channel]["messages"]
        sent = document["operations"][f"{owner}-records-{channel}"]["messages"]
        assert {"$ref": f"#/channels/{channel}/messages/{name}"} in sent
        schema = document["components"]["messages"][name]["payload"]["schema"]["$ref"]
        assert (generate.HANDBOOK / schema).exists()


def test_drift_is_found_and_repaired_and_samples_are_never_rewritten(tmp_path: Path) -> None:
    handbook, golden = tmp_path / "handbook", tmp_path / "golden"
    generate.generate(handbook, golden)
    assert generate.drift(handbook, golden) == [f"{old}: {GONE}" for old in UPCASTERS]
    (handbook / "facts.md").write_text("stale")
    (handbook / "schemas" / "desk.docs.gone.v1.json").write_text("{}")
    fact = sample("desk.docs.closed.v1", TYPES["desk.docs.closed.v1"])
    old = golden / "desk.docs.closed.v1.json"
    old.write_bytes(encode(fact).replace(b'"code":', b'"former_name":'))
    apart = generate.drift(handbook, golden)
    assert any(line.startswith("facts.md: differs") for line in apart)
    assert any(line.startswith("schemas/desk.docs.gone.v1.json: no such type") for line in apart)
    assert any(line.startswith("desk.docs.closed.v1: its golden sample changes") for line in apart)
    kept = old.read_bytes()
    assert sorted(generate.generate(handbook, golden)) == ["desk.docs.gone.v1.json", "facts.md"]
    assert old.read_bytes() == kept


def test_the_command_says_that_all_agree() -> None:
    command = [sys.executable, "-m", "desk.contract_docs"]
    checked = subprocess.run([*command, "check"], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "types, documents and samples agree\n")
    wrong = subprocess.run([*command, "publish"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "generate|check" in wrong.stderr


def test_a_fact_that_needs_a_cycle_says_so_in_its_schema() -> None:
    for name, payload in TYPES.items():
        schema = json.loads((generate.HANDBOOK / "schemas" / f"{name}.json").read_text("utf-8"))
        assert ("cycle" in schema["required"]) is (payload.spec.cycle is CycleRule.ALWAYS)
