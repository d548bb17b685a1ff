"""Guarantees of engine/formats/talos/base58.py."""

import base58 as other
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.formats.talos import base58

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@given(st.binary(max_size=96), st.integers(0, 4))
def test_what_another_implementation_encodes_is_decoded_to_the_same_bytes(data, zeros) -> None:
    data = bytes(zeros) + data
    assert base58.decode(other.b58encode(data).decode()) == data


@given(st.text(ALPHABET, max_size=128))
def test_every_spelling_decodes_and_is_the_only_one_of_its_bytes(text) -> None:
    decoded = base58.decode(text)
    assert decoded == other.b58decode(text)
    assert other.b58encode(decoded).decode() == text


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "a b", "a\n", "é", "_", "-", "１"])
def test_no_other_character_is_a_digit(text) -> None:
    with pytest.raises(ValueError, match="not base58"):
        base58.decode(text)
