"""Mistakes that a person makes are refused when they are made, and never allow anything."""

import pytest

from engine import (
    Access,
    Keyring,
    MalformedToken,
    MasterSecret,
    NoDenylist,
    Verifier,
    _record,
    _record_py,
)
from engine.formats.macaroons import mint, text

NOW = 1_800_000_000
RECORDS = [_record.KeyRecord, _record_py.KeyRecord]


@pytest.mark.parametrize("record", RECORDS, ids=["compiled", "python"])
@pytest.mark.parametrize("field", ["scopes", "networks"])
@pytest.mark.parametrize("one", ["payments:*", b"\x0a\0\0\0\x08"], ids=["text", "bytes"])
def test_one_text_is_no_list_of_its_letters_one_of_which_is_a_star(record, field, one) -> None:
    with pytest.raises(TypeError, match="lists of texts and of packed networks"):
        record(1, NOW, NOW + 9, **{field: one})


def test_one_text_is_no_list_of_scopes_required_or_of_tokens(world) -> None:
    with pytest.raises(TypeError, match="not one text"):
        Access(now=NOW, scopes="payments:read")
    with pytest.raises(TypeError, match="one is for verify"):
        world.verifier().verify_many(world.grant(), Access(now=NOW))


@pytest.mark.parametrize(
    ("keys", "options", "says"),
    [
        (Keyring(MasterSecret(1, bytes(32))), {"denylist": NoDenylist()}, "keyring.tenant"),
        (None, {"denylist": None}, "NoDenylist"),
        (None, {"denylist": NoDenylist(), "records": []}, "records maps"),
    ],
)
def test_a_verifier_says_what_it_is_to_be_given(world, keys, options, says) -> None:
    with pytest.raises(TypeError, match=says):
        Verifier(keys or world.keys, **options)


def test_a_keyring_and_a_master_say_what_they_are_to_be_given() -> None:
    with pytest.raises(TypeError, match="is bytes"):
        MasterSecret(1, "s" * 32)
    master = MasterSecret(1, bytes(32))
    for wrong in ([master], None):
        with pytest.raises(TypeError, match="one current MasterSecret"):
            Keyring(wrong)
    with pytest.raises(TypeError, match="list of retired ones"):
        Keyring(master, MasterSecret(2, bytes(range(32)), retired_at=1, end=2))


@pytest.mark.parametrize("wrong", [b"mz_ak_x", None, 7, object()])
def test_what_is_no_text_is_said_to_be_none(world, wrong) -> None:
    with pytest.raises(MalformedToken, match=r"text \(str\)"):
        world.verifier().verify(wrong, Access(now=NOW))


def test_a_macaroon_is_written_in_no_form_but_those_there_are() -> None:
    macaroon = mint.mint(b"k" * 32, b"id")
    for wrong in ("V1", "v3", "json"):
        with pytest.raises(ValueError, match="forms of a macaroon"):
            text.encode_text(macaroon, wrong)
