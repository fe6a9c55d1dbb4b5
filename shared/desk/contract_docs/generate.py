"""Writes the generated documents, and finds differences between them and the code."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

import desk
from desk.contract.catalogue import TYPES, UPCASTERS
from desk.contract.codec import Undecodable, decode, encode
from desk.contract_docs import asyncapi, markdown, schemas
from desk.contract_docs.rules import problems
from desk.contract_docs.samples import sample

PACKAGE = Path(str(desk.__file__)).parent
GOLDEN = PACKAGE / "contract" / "golden"
HANDBOOK = PACKAGE.parents[1] / "handbook" / "language"


def pretty(raw: bytes) -> bytes:
    """JSON bytes, indented; nothing else is changed."""
    return msgspec.json.format(raw, indent=2) + b"\n"


def documents() -> dict[str, bytes]:
    """All generated documents: path relative to handbook/language -> content."""

    def schema(content: Mapping[str, object]) -> bytes:
        return pretty(msgspec.json.encode(content))

    return {
        "asyncapi.yaml": asyncapi.document().encode(),
        "facts.md": markdown.document().encode(),
        "schemas/envelope.json": schema(schemas.envelope()),
        **{f"schemas/{name}.json": schema(schemas.of_type(name, cls)) for name, cls in TYPES.items()},
    }


def generate(handbook: Path = HANDBOOK, golden: Path = GOLDEN) -> list[str]:
    """Write the documents, remove those of deleted types, add missing samples; returns the names of changed files.

    An existing sample is never rewritten: it represents facts that were recorded in production.
    """
    changed = []
    expected = {handbook / name: content for name, content in documents().items()}
    for name, cls in TYPES.items():
        if not (golden / f"{name}.json").exists():
            expected[golden / f"{name}.json"] = pretty(encode(sample(name, cls)))
    for path, content in expected.items():
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed.append(path.name)
    for path in (handbook / "schemas").glob("*.json"):
        if path not in expected:
            path.unlink()
            changed.append(path.name)
    return changed


def drift(handbook: Path = HANDBOOK, golden: Path = GOLDEN) -> list[str]:
    """All problems of the types, the documents and the samples, one line each."""
    return [*problems(), *_documents_apart(handbook), *_samples_apart(golden)]


def _documents_apart(handbook: Path) -> Iterator[str]:
    expected = documents()
    for name, content in expected.items():
        path = handbook / name
        if not path.exists():
            yield f"{name}: missing; run `python -m desk.contract_docs generate`"
        elif path.read_bytes() != content:
            yield f"{name}: differs from the code; run `python -m desk.contract_docs generate`"
    for path in sorted((handbook / "schemas").glob("*.json")):
        if f"schemas/{path.name}" not in expected:
            yield f"schemas/{path.name}: no such type any more; run `python -m desk.contract_docs generate`"


def _samples_apart(golden: Path) -> Iterator[str]:
    for name in TYPES:
        if not (golden / f"{name}.json").exists():
            yield f"{name}: has no golden sample; run `python -m desk.contract_docs generate`"
    for name in UPCASTERS:
        if not (golden / f"{name}.json").exists():
            yield f"{name}: its golden sample is missing, but such facts exist: restore it"
    for path in sorted(golden.glob("*.json")):
        yield from _sample_apart(path)


def _sample_apart(path: Path) -> Iterator[str]:
    name, raw = path.stem, path.read_bytes()
    try:
        fact = decode(raw)
    except Undecodable as error:
        yield f"{name}: its golden sample cannot be read any more ({error}), but such facts exist: add an upcaster"
        return
    if name not in TYPES and name not in UPCASTERS:
        yield f"{name}: has a golden sample but no class, and such facts exist"
    elif name in TYPES and pretty(encode(fact)) != raw:
        yield f"{name}: its golden sample changes when it is written again: only add fields that have a default"


def main(arguments: list[str]) -> int:
    """`generate` or `check`; the exit code."""
    if arguments == ["generate"]:
        changed = generate()
        sys.stdout.write("".join(f"wrote {name}\n" for name in changed) or "nothing to write\n")
        return 0
    if arguments == ["check"]:
        found = drift()
        sys.stdout.write("".join(f"{line}\n" for line in found) or "types, documents and samples agree\n")
        return 1 if found else 0
    sys.stderr.write("usage: python -m desk.contract_docs generate|check\n")
    return 2
