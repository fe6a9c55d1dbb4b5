"""Keys of signatures: unusable files are named, an owner may have several, and a rotation needs no restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desk.http.auth.verification_keys import KeyProblem
from desk.signing.keys import (
    LOOK_EVERY,
    UNKNOWN_EVERY,
    TrustedKeys,
    create_keys,
    public_pem,
    read_public_keys,
    signatures_of,
)
from desk.signing.signature import LENGTH, Signer, headers_of, parse, signature_in, text_of
from desk.signing.signatures import Verified

FACT = b'{"id":"1"}'


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def publish(folder: Path, name: str, key: Ed25519PrivateKey) -> Signer:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(public_pem(key))
    return Signer(key)


def test_a_header_holds_the_key_id_and_the_signature() -> None:
    signature = Signer(Ed25519PrivateKey.from_private_bytes(bytes(32))).sign(FACT)
    assert len(signature) == LENGTH
    assert text_of(signature).startswith(b"139e3940e64b5491:")
    assert signature_in([("type", b"x"), *headers_of(signature)]) == signature
    assert (signature_in([]), headers_of(None)) == (None, ())


@pytest.mark.parametrize("spoilt", [b"", b":", b"0:AA", b"zz", b"\xff", b"139e3940e64b5491:", b"139e3940e64b5491:A A="])
def test_a_header_that_is_no_signature_is_read_as_an_empty_one(spoilt: bytes) -> None:
    assert parse(spoilt) == b""


def test_the_keys_of_a_new_desk_are_created_once(tmp_path: Path) -> None:
    private, public = tmp_path / "private", tmp_path / "public"
    create_keys(private, public)
    made = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*.pem"))}
    create_keys(private, public)
    assert len(made) == 10
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*.pem"))} == made
    assert (private / "sla" / "key.pem").stat().st_mode & 0o777 == 0o600
    sla, docs = signatures_of("sla", private, public), signatures_of("docs", private / "docs" / "key.pem", public)
    assert docs.judge("sla", FACT, "hash", sla.sign(FACT)) == "good"
    assert docs.judge("triage", FACT, "hash", sla.sign(FACT)) == "unknown-key"


def test_a_new_private_key_keeps_the_public_one_of_before(tmp_path: Path) -> None:
    private, public = tmp_path / "private", tmp_path / "public"
    create_keys(private, public, ["sla"])
    old = signatures_of("sla", private, public).sign(FACT)
    (private / "sla" / "key.pem").unlink()
    create_keys(private, public, ["sla"])
    now = signatures_of("sla", private, public)
    assert len(list(public.iterdir())) == 2
    assert now.judge("sla", FACT, "hash", old) == "good"
    assert now.signer.renewed(FACT, old) == now.signer.sign(FACT)
    assert now.signer.renewed(FACT, now.signer.sign(FACT)) == now.signer.sign(FACT)


def test_a_key_is_added_and_withdrawn_while_the_service_runs(tmp_path: Path) -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    first, time = publish(tmp_path, "sla.pem", old), Time()
    trusted = TrustedKeys(lambda: read_public_keys(tmp_path), time)
    second = Signer(new)
    assert trusted.verify("sla", FACT, second.sign(FACT)) is None
    publish(tmp_path, "sla.2027.pem", new)
    time.now += UNKNOWN_EVERY
    assert trusted.verify("sla", FACT, second.sign(FACT)) is True
    assert trusted.verify("sla", FACT, first.sign(FACT)) is True, "both count while the rotation lasts"
    (tmp_path / "sla.pem").unlink()
    time.now += LOOK_EVERY
    assert trusted.verify("sla", FACT, first.sign(FACT)) is None
    assert trusted.verify("sla", FACT + b" ", second.sign(FACT)) is False


def test_a_folder_that_breaks_later_leaves_the_keys_in_force(tmp_path: Path) -> None:
    signer, time = publish(tmp_path, "sla.pem", Ed25519PrivateKey.generate()), Time()
    trusted = TrustedKeys(lambda: read_public_keys(tmp_path), time)
    (tmp_path / "docs.pem").write_text("no key")
    time.now += LOOK_EVERY
    assert trusted.verify("sla", FACT, signer.sign(FACT)) is True


def _p256() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("sla.pem", b"no key", "sla.pem is no public key: `openssl pkey"),
        ("sla.pem", _p256(), "sla.pem holds no Ed25519 key"),
        ("slа.pem", public_pem(Ed25519PrivateKey.generate()), "names no service: call it SERVICE.pem"),
        ("notes.txt", b"", "holds no public key: put SERVICE.pem of every service there"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_remedy(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(KeyProblem, match=problem):
        read_public_keys(tmp_path)


def test_a_service_without_its_key_does_not_start(tmp_path: Path) -> None:
    publish(tmp_path, "sla.pem", Ed25519PrivateKey.generate())
    with pytest.raises(KeyProblem, match=r"absent\.pem does not exist: `openssl genpkey"):
        signatures_of("sla", tmp_path / "absent.pem", tmp_path)


def test_facts_verified_once_are_remembered_up_to_a_limit() -> None:
    verified = Verified(kept=4)
    for number in range(20):
        verified.add("sla", str(number))
        assert ("sla", str(number)) in verified
    assert sum(("sla", str(number)) in verified for number in range(20)) <= 4
    assert ("docs", "19") not in verified
