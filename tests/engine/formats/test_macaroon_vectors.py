"""Macaroons that other implementations made: read, recomputed and verified to their verdict."""

import base64
import json

import pytest

from engine import Access
from engine.errors import BadTail, CaveatUnmet, MalformedToken, TokenError
from engine.formats.macaroons import Caveat, Macaroon, Verifier, chain, v1, v1_json, v2, v2_json
from engine.formats.macaroons.mint import add_third_party, attenuate, bind, mint
from engine.formats.macaroons.text import decode_text, encode_text

ACCESS = Access(now=0)


def macaroon(decoded: dict) -> Macaroon:
    caveats = (
        Caveat(*(bytes.fromhex(one[name]) if name in one else None for name in fields))
        for one in decoded["caveats"]
        for fields in [("cid", "vid", "location")]
    )
    location, identifier = (bytes.fromhex(decoded[name]) for name in ("location", "identifier"))
    return Macaroon(location, identifier, tuple(caveats), bytes.fromhex(decoded["signature"]))


def with_version(text: str) -> str:
    """The JSON of go, which says nothing of its version, with what we ask for."""
    return json.dumps({"v": 2, **json.loads(text)})


def test_every_vtest_of_libmacaroons_is_read_and_meets_its_verdict(vectors) -> None:
    cases = vectors("libmacaroons")["vtests"]
    assert {case["expected"] for case in cases} == {"authorized", "unauthorized"}
    for case in cases:
        codec, data = {"v1": v1, "v2": v2}[case["format"]], bytes.fromhex(case["data"])
        made = macaroon(case["decoded"])
        assert codec.decode(data) == made, case["name"]
        assert codec.encode(made) == data
        key = case["key"].encode()
        tags = chain.tags(chain.root_key(key), made)
        assert [tag.hex() for tag in tags] == case["tags"]
        verifier = Verifier(exact=[one.encode() for one in case["exact"]])
        try:
            verifier.verify(made, key, ACCESS)
            verdict = "authorized"
        except TokenError:
            verdict = "unauthorized"
        assert verdict == case["expected"], case["name"]


def test_libmacaroons_serializations_are_ours_byte_for_byte_in_all_three_forms(vectors) -> None:
    for case in vectors("libmacaroons")["serializations"]:
        made = macaroon(case["decoded"])
        assert encode_text(made, "v1") == case["v1_text"]
        assert v2.encode(made).hex() == case["v2"]
        assert encode_text(made, "v2_json") == case["v2_json"]
        assert decode_text(case["v1_text"]) == decode_text(case["v2_json"]) == made
        assert v2.decode(bytes.fromhex(case["v2"])) == made


def test_lengths_are_the_varints_of_libmacaroons(vectors) -> None:
    for case in vectors("libmacaroons")["varint"]:
        value, varint = int(case["value"]), bytes.fromhex(case["hex"])
        if value <= 16388:
            made = Macaroon(b"", b"i" * value, (), bytes(32))
            assert v2.encode(made).startswith(b"\x02\x02" + varint + b"i" * value + b"\0")
            assert v2.decode(v2.encode(made)) == made
        else:
            with pytest.raises(MalformedToken):
                v2.decode(b"\x02\x02" + varint + bytes(40000))


def test_the_signatures_of_libmacaroons_readme_are_ours(vectors) -> None:
    for case in vectors("libmacaroons")["readme_signatures"]:
        made = mint(
            case["key_utf8"].encode(),
            case["identifier_utf8"].encode(),
            case["location_utf8"].encode(),
        )
        for caveat in case["caveats"]:
            cid = caveat["cid_utf8"].encode()
            if "vid_b64url" in caveat:
                made = add_third_party(
                    made,
                    location=caveat["cl_utf8"].encode(),
                    key=case["third_party_key_utf8"].encode(),
                    identifier=cid,
                    nonce=bytes(24),
                )
                vid = base64.urlsafe_b64decode(caveat["vid_b64url"])
                assert made.caveats[-1].vid == vid
            else:
                made = attenuate(made, cid)
        assert made.signature.hex() == case["signature_hex"], case["name"]


def test_bound_signatures_are_those_of_libmacaroons_and_of_the_others(vectors) -> None:
    cases = [*vectors("libmacaroons")["bind_for_request"], vectors("macarooncompat")["bind"]]
    for case in cases:
        root, discharge = (
            Macaroon(b"", b"", (), bytes.fromhex(case[name]))
            for name in ("root_sig_hex", "discharge_sig_hex")
        )
        assert bind(root, discharge).signature.hex() == case["bound_sig_hex"]


def test_libmacaroons_forged_signature_is_refused(vectors) -> None:
    case = vectors("libmacaroons")["forged"]
    made = decode_text(case["v1_text"])
    assert made == macaroon(case["decoded"])
    with pytest.raises(BadTail):
        Verifier(exact=[c.cid for c in made.caveats]).verify(made, case["key"].encode(), ACCESS)


def test_the_scheme_of_before_2014_is_what_an_underived_cut_key_gives(vectors) -> None:
    case = vectors("libmacaroons")["legacy_no_derivation"]
    (identifier, first), *caveats = case["steps"]
    key = case["key_utf8"].encode()
    assert len(key) == 32
    made = mint(key, identifier.encode(), derive=False)
    assert made.signature.hex() == first
    for cid, signature in caveats:
        made = attenuate(made, cid.encode())
        assert made.signature.hex() == signature
    with pytest.raises(BadTail):
        Verifier(exact=[c.cid for c in made.caveats]).verify(made, key, ACCESS)


def test_gos_third_party_macaroon_is_read_in_every_form_and_made_again(vectors) -> None:
    case = vectors("go_macaroon")["third_party"]
    made = macaroon(case["decoded"])
    assert decode_text(case["v1_text"]) == made
    assert v2.decode(bytes.fromhex(case["v2"])) == made
    assert encode_text(made, "v1") == case["v1_text"]
    assert v2.encode(made).hex() == case["v2"]
    for form in case["json"]:
        if "V2" in form["about"]:
            assert v2_json.decode(with_version(form["json_text"]).encode()) == made
            with pytest.raises(MalformedToken):
                v2_json.decode(form["json_text"].encode())
        else:
            assert v1_json.decode(form["json_text"].encode()) == made
    again = mint(case["key"].encode(), made.identifier, made.location)
    again = attenuate(again, made.caveats[0].cid)
    again = add_third_party(
        again,
        location=made.caveats[1].location,
        key=case["third_party_key"].encode(),
        identifier=made.caveats[1].cid,
        nonce=bytes.fromhex(case["vid_nonce"]),
    )
    assert again == made


def test_what_go_refuses_in_json_is_refused_for_what_it_is(vectors) -> None:
    signature = "0n2y/R8idg5MPa6BN+LY/B32wHQcGK7UuXJWv3jR9Vw"
    assert v2_json.decode(json.dumps({"v": 2, "i": "hello", "s64": signature}).encode())
    for case in vectors("go_macaroon")["json_decode_errors"]:
        reason = "both its encodings" if "ambiguous" in case["error"] else "32 bytes"
        text = case["json_text"].replace("{", '{"v": 2, ', 1)
        with pytest.raises(MalformedToken, match=reason):
            v2_json.decode(text.encode())


def test_the_base64_that_go_reads_in_json_is_read(vectors) -> None:
    for case in vectors("go_macaroon")["base64_decode"]:
        text = json.dumps({"v": 2, "i64": case["input"], "s64": "A" * 43}).encode()
        if case.get("expect_error"):
            with pytest.raises(MalformedToken):
                v2_json.decode(text)
        else:
            assert v2_json.decode(text).identifier == case["expect"].encode()


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_packets_that_go_refuses_are_refused_anywhere(version, vectors) -> None:
    codec = {"v1": v1, "v2": v2}[version]
    whole = codec.encode(Macaroon(b"x", b"y", (Caveat(b"z"),), bytes(32)))
    for case in vectors("go_macaroon")[f"packet_{version}"]:
        if case["ok"] or not case["hex"]:
            continue
        for at in (1, len(whole) // 2, len(whole)) if version == "v2" else (0, 11, len(whole)):
            with pytest.raises(MalformedToken):
                codec.decode(whole[:at] + bytes.fromhex(case["hex"]))


def test_pymacaroons_tokens_are_read_and_genuine(vectors) -> None:
    for case in vectors("pymacaroons")["tokens"]:
        made = decode_text(case["token"])
        assert made == macaroon(case["decoded"]), case["name"]
        verifier = Verifier(exact=[c.cid for c in made.caveats])
        assert len(verifier.verify(made, case["key"].encode(), ACCESS)) == 1


def test_gos_sets_of_macaroon_and_discharge_verify_in_all_four_forms(vectors) -> None:
    case = vectors("pymacaroons")["go_generated"]
    assert len(case["sets"]) == 4
    verifier = Verifier(exact=[one.encode() for one in case["exact"]])
    for one in case["sets"]:
        texts = [one["token"], one["discharge"]]
        if one["format"] == "json_v2":
            texts = [with_version(text) for text in texts]
        if "binary" in one["format"]:
            with pytest.raises(MalformedToken):
                decode_text(texts[0])  # the other alphabet
            texts = [text.replace("+", "-").replace("/", "_") for text in texts]
        root, discharge = map(decode_text, texts)
        assert root == macaroon(one["decoded"])
        assert discharge == macaroon(one["decoded_discharge"])
        key = case["key"].encode()
        verifier.verify(root, key, ACCESS, [discharge])  # bound already
        with pytest.raises(BadTail):
            verifier.verify(root, key, ACCESS, [bind(root, discharge)])
        with pytest.raises(CaveatUnmet):
            verifier.verify(root, key, ACCESS)


def built(recipe: dict) -> Macaroon:
    made = mint(
        recipe["root_key_utf8"].encode(),
        recipe["identifier_utf8"].encode(),
        recipe["location_utf8"].encode(),
    )
    for caveat in recipe["caveats"]:
        if third := caveat.get("third_party"):
            made = add_third_party(
                made,
                location=third["location"].encode(),
                key=third["root_key_utf8"].encode(),
                identifier=third["caveat_id_utf8"].encode(),
            )
        else:
            made = attenuate(made, caveat["first_party"].encode())
    return made


def test_every_scenario_of_macarooncompat_has_the_strictest_verdict(vectors) -> None:
    verdicts = []
    for scenario in vectors("macarooncompat")["verify_scenarios"]:
        root, *discharges = map(built, scenario["macaroons"])
        key = scenario["macaroons"][0]["root_key_utf8"].encode()
        discharges = [bind(root, one) for one in discharges]
        for condition in scenario["conditions"]:
            verifier = Verifier(exact=[one.encode() for one in condition["true"]])
            try:
                verifier.verify(root, key, ACCESS, discharges)
                verdict = True
            except TokenError:
                verdict = False
            assert verdict is condition["ok"], scenario["about"]
            verdicts.append(verdict)
    assert len(verdicts) == 15 and sum(verdicts) == 3


def test_the_signatures_of_macarooncompat_are_ours(vectors) -> None:
    for case in vectors("macarooncompat")["signatures"]:
        recipe = {**case, "caveats": [{"first_party": one} for one in case["first_party"]]}
        made = built(recipe)
        if third := case.get("third_party"):
            made = add_third_party(
                made,
                location=third["location"].encode(),
                key=third["root_key_utf8"].encode(),
                identifier=third["caveat_id_utf8"].encode(),
                nonce=bytes(24),
            )
        assert made.signature.hex() == case["signature_hex"], case["about"]


def test_text_that_is_not_ascii_is_hashed_as_its_utf_8(vectors) -> None:
    case = vectors("macarooncompat")["non_ascii_serialization"]
    made = mint(case["root_key_utf8"].encode(), case["identifier_utf8"].encode())
    assert made.signature.hex() == case["root_signature_hex"]
    made = attenuate(made, case["caveats"][0].encode())
    assert made.signature.hex() == case["after_first_caveat_hex"]
    assert decode_text(encode_text(made, "v2_json")) == made
