"""The golden tokens of format version 1: recomputed from the design alone, then by the engine."""

import json
import pathlib
import struct
import zlib
from base64 import urlsafe_b64decode

import msgspec
import pytest
from blake3 import blake3

import engine
from engine import Access, KeyRecord, Keyring, MasterSecret, Verifier, Visibility, errors
from engine import caveats as caveats_
from engine import header as header_

FILE = pathlib.Path(__file__).parents[1] / "vectors" / "native.json"
NATIVE = json.loads(FILE.read_text(encoding="utf-8"))
TOKENS = {token["name"]: token for token in NATIVE["tokens"]}
MUST_FAIL = {case["name"]: case for case in NATIVE["must_fail"]}
golden = pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def keyed(key: bytes, message: bytes, length: int) -> bytes:
    return blake3(message, key=key).digest(length)


def unhex(value: object) -> object:
    """What a field of the file is in Python; only byte fields are spelled in hexadecimal."""
    return [unhex(one) for one in value] if isinstance(value, list) else bytes.fromhex(str(value))


def access(facts: dict[str, object]) -> Access:
    made = dict(facts)
    for name in ("body_hash", "binding"):
        if name in made:
            made[name] = bytes.fromhex(made[name])
    made["scopes"] = tuple(made.get("scopes", ()))
    if "amount" in made:
        made["amount"] = tuple(made["amount"])
    made["custom"] = {
        name: lambda _, answer=answer: answer for name, answer in made.get("custom", {}).items()
    }
    return Access(**made)


def record(fields: dict[str, object], visibility: Visibility) -> dict[bytes, KeyRecord]:
    terms = {name: value for name, value in fields.items() if name != "key_id"}
    terms |= {"scopes": tuple(terms["scopes"]), "visibility": visibility}
    return {bytes.fromhex(fields["key_id"]): KeyRecord(**terms)}


def verifier(case: dict[str, object], visibility: Visibility = Visibility.SECRET) -> Verifier:
    secret = MasterSecret(case["master"]["id"], bytes.fromhex(case["master"]["secret"]))
    return Verifier(
        Keyring(secret).tenant(case["tenant"], case["epoch"]),
        denylist=engine.NoDenylist(),
        records=record(case["record"], visibility) if case["record"] else None,
        spend=lambda debits, now: None,
    )


@golden
def test_the_file_is_what_the_design_says(token: dict[str, object]) -> None:
    name = token["tenant"].encode()
    material = bytes.fromhex(token["master"]["secret"])
    material += struct.pack("B", len(name)) + name + struct.pack("<I", token["epoch"])
    context = "marzipan 2026-11 tenant root key v1"
    key = blake3(material, derive_key_context=context).digest()
    assert key.hex() == token["tenant_key"]

    messages = [b"\x01" + bytes.fromhex(token["header"])]
    messages += [b"\x02" + bytes.fromhex(block["block"]) for block in token["blocks"]]
    tags, ids = [], []
    for message in messages:
        output = keyed(key, message, 48)
        key = output[:32]
        tags.append(key.hex())
        ids.append(output[32:].hex())
    assert tags == token["tags"]
    assert ids == token["revocation_ids"]
    assert keyed(key, b"\x03", 32).hex() == token["sealed_tail"]


@golden
def test_every_text_spells_the_same_header_and_blocks(token: dict[str, object]) -> None:
    bare = not token["blocks"] and token["header_fields"]["tag"] == 1
    prefixes = {"open": "mz_ak" if bare else "mz_mc", "sealed": "mz_ms", "public": "mz_pk"}
    assert set(token["texts"]) == (set(prefixes) if bare else {"open", "sealed"})
    for form, text in token["texts"].items():
        signed, crc = text[:-7], text[-6:]
        value = zlib.crc32(signed.encode())
        assert sum(BASE62.index(d) * 62**i for i, d in enumerate(reversed(crc))) == value
        assert text[-7] == "_" and signed.startswith(prefixes[form] + "_")
        body = signed[6:]
        header, blocks, tail = msgspec.msgpack.decode(
            urlsafe_b64decode(body + "=" * (-len(body) % 4))
        )
        assert header.hex() == token["header"]
        assert [block.hex() for block in blocks] == [one["block"] for one in token["blocks"]]
        last = token["sealed_tail"] if form == "sealed" else token["tags"][-1]
        assert tail.hex() == last


def plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return [plain(one) for one in value] if isinstance(value, list) else value


@golden
def test_headers_and_blocks_hold_the_fields_stated(token: dict[str, object]) -> None:
    header = msgspec.msgpack.decode(bytes.fromhex(token["header"]))
    assert plain(header) == list(token["header_fields"].values())
    for block in token["blocks"]:
        nonce, *found = msgspec.msgpack.decode(bytes.fromhex(block["block"]))
        assert nonce.hex() == block["nonce"]
        stated = [[tag(one["type"]), *one["fields"]] for one in block["caveats"]]
        assert plain(found) == stated


def tag(name: str) -> int:
    return getattr(caveats_, name).__struct_config__.tag


@golden
def test_the_engine_accepts_every_form(token: dict[str, object]) -> None:
    for form, text in token["texts"].items():
        visibility = Visibility.PUBLIC if form == "public" else Visibility.SECRET
        grant = verifier(token, visibility).verify(text, access(token["access"]))
        assert [one.hex() for one in grant.revocation_ids] == token["revocation_ids"][1:]
        assert grant.key_id.hex() == token["header_fields"]["key_id"]
        assert grant.sealed is (form == "sealed")
        for name, value in token["expect"].items():
            found = getattr(grant, name)
            assert (list(found) if isinstance(found, tuple) else found) == value


@golden
def test_the_engine_writes_the_same_bytes(token: dict[str, object]) -> None:
    fields = dict(token["header_fields"])
    kind = header_.KeyHeader if fields.pop("tag") == 1 else header_.GrantHeader
    for name in ("key_id", "grant_id", "claims", "cidrs"):
        if fields.get(name) is not None:
            fields[name] = unhex(fields[name])
    for name in ("scopes", "cidrs", "audiences"):
        if fields.get(name) is not None:
            fields[name] = tuple(fields[name])
    assert header_.encode(kind(**fields)).hex() == token["header"]

    text = token["texts"]["open"]
    assert engine.seal(text) == token["texts"]["sealed"]
    if token["blocks"]:
        shorter = parent(token)
        whole = token["blocks"][-1]
        made = [
            msgspec.convert([tag(one["type"]), *raw[1:]], caveats_.AnyCaveat)
            for one, raw in zip(
                whole["caveats"],
                msgspec.msgpack.decode(bytes.fromhex(whole["block"]))[1:],
                strict=True,
            )
        ]
        narrowed = engine.attenuate(shorter, *made, nonce=bytes.fromhex(whole["nonce"]))
        assert narrowed.text == text
        assert narrowed.revocation_id.hex() == token["revocation_ids"][-1]


def parent(token: dict[str, object]) -> str:
    """The token without its last block, which only a holder of T(n-1) can write."""
    blocks = [bytes.fromhex(one["block"]) for one in token["blocks"][:-1]]
    header = bytes.fromhex(token["header"])
    data = engine.envelope.join(header, blocks, bytes.fromhex(token["tags"][-2]))
    bare = not blocks and token["header_fields"]["tag"] == 1
    return engine.text.encode("mz_ak" if bare else "mz_mc", data)


def test_the_worked_example_is_the_designs_letter_by_letter() -> None:
    key, narrowed = TOKENS["worked example: key"], TOKENS["worked example: attenuated"]
    assert key["tenant_key"] == "bea47c1c5cf50c442f0cb9d9097159718ab31e1e488e1192dc12ed9be69c5f8b"
    assert key["texts"]["open"] == (
        "mz_ak_k8QblQEBAMQQS0tLS0tLS0tLS0tLS0tLS85rSdIAkMQgUOd6GdbpK1wJTEeo8bYc-2f9YisTBfopOmaOGL"
        "R-jbY_3AKvIN"
    )
    assert narrowed["blocks"][0]["block"] == (
        "93c4086e6e6e6e6e6e6e6e9306a3555344cd1387920591b07061796d656e74732e65786563757465"
    )
    assert narrowed["revocation_ids"][1] == "188a14bd071e4f509bc0d0807d8ae937"
    assert narrowed["texts"]["open"].endswith("SnoJtic_HYJ9wvbYKx50OhFdFIIN3Cv4uEfarDGxLfk_1HlYCD")
    assert narrowed["texts"]["sealed"].endswith(
        "Te74VYPeEMHJcXuEBb79-vK35ovYlP2kjpp8VhTwmcA_1nxKVg"
    )


@pytest.mark.parametrize("case", MUST_FAIL.values(), ids=MUST_FAIL)
def test_what_must_fail_fails_with_its_class_and_place(case: dict[str, object]) -> None:
    setting = NATIVE["verifier"]
    facts = access(case.get("access", setting["access"]))
    with pytest.raises(errors.TokenError) as caught:
        verifier(setting).verify(case["text"], facts)
    refusal = caught.value
    assert type(refusal).__name__ == case["error"]
    if case["error"] == "CaveatUnmet" and "block" in case:
        found = (refusal.block, refusal.index, refusal.caveat)
        assert found == (case["block"], case["index"], case["caveat"])
    if case["error"] == "TokenExpired" and "block" in case:
        assert (refusal.block, refusal.index) == (case["block"], case["index"])
    explained = verifier(setting).explain(case["text"], facts)
    assert not explained.allowed
    assert explained.refusals[0].error == case["error"]


def test_the_file_has_every_class_of_refusal_and_every_type_of_caveat() -> None:
    classes = {case["error"] for case in NATIVE["must_fail"]}
    assert classes == {
        "MalformedToken", "ChecksumMismatch", "BadTail", "UnknownKey", "CaveatUnmet",
        "TokenExpired",
    }  # fmt: skip
    types = {c["type"] for t in NATIVE["tokens"] for b in t["blocks"] for c in b["caveats"]}
    every = {one.__name__ for one in caveats_.AnyCaveat.__args__}
    assert types == every
    refusing = {case.get("caveat") for case in NATIVE["must_fail"]}
    assert every <= refusing
