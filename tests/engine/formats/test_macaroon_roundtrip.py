"""Every form holds every macaroon up to the limits, and nothing is read but what it writes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import MalformedToken
from engine.formats.macaroons import Caveat, Macaroon, limits, v1, v1_json, v2, v2_json
from engine.formats.macaroons.text import decode_text, encode_text

SIGNATURE = bytes(range(32))
more = settings(max_examples=200, deadline=None)
blobs = st.binary(max_size=300)
first = st.builds(Caveat, blobs)
third = st.builds(Caveat, blobs, st.binary(min_size=72, max_size=72), blobs)
signatures = st.binary(min_size=32, max_size=32)
macaroons = st.builds(
    Macaroon, blobs, blobs, st.lists(first | third, max_size=6).map(tuple), signatures
)


def of_text(macaroon: Macaroon) -> bool:
    """Whether V2 JSON can hold its locations."""
    locations = [macaroon.location, *(c.location or b"" for c in macaroon.caveats)]
    try:
        return [location.decode() for location in locations] != []
    except UnicodeDecodeError:
        return False


@more
@given(macaroons)
def test_every_macaroon_survives_every_form(macaroon) -> None:
    for codec in (v1, v2):
        assert codec.decode(codec.encode(macaroon)) == macaroon
    for form in ("v1", "v2"):
        assert decode_text(encode_text(macaroon, form)) == macaroon
    if of_text(macaroon):
        assert v2_json.decode(v2_json.encode(macaroon)) == macaroon
        assert decode_text(encode_text(macaroon, "v2_json")) == macaroon
    else:
        with pytest.raises(ValueError):
            v2_json.encode(macaroon)


@more
@given(blobs | blobs.map(lambda tail: b"\x02" + tail) | blobs.map(lambda tail: b"000d" + tail))
def test_any_bytes_are_refused_or_are_the_one_spelling_of_a_macaroon(data) -> None:
    for codec in (v1, v1_json, v2, v2_json):
        with pytest.raises(MalformedToken):
            codec.decode(data)
    with pytest.raises(MalformedToken):
        decode_text(data.decode("latin-1"))


@settings(max_examples=500, deadline=None)
@given(macaroons, st.data())
def test_what_is_read_after_a_random_edit_is_what_would_be_written(macaroon, data) -> None:
    """But for what is only read: an empty location in V2, an absent one in V1."""
    for codec, liberty in ((v2, 2), (v1, -8)):
        edited = bytearray(codec.encode(macaroon))
        at = data.draw(st.integers(0, len(edited) - 1))
        edited[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        try:
            read = codec.decode(bytes(edited))
        except MalformedToken:
            continue
        written = codec.encode(read)
        unstated = [one for one in (read, *read.caveats) if one.location == b""]
        if len(written) == len(edited):
            assert written == edited
        else:
            assert (len(edited) - len(written)) / liberty in range(1, len(unstated) + 1)


@pytest.mark.parametrize("codec", [v1, v2, v2_json])
def test_a_form_is_as_long_as_the_limit_and_not_a_byte_longer(codec) -> None:
    overhead = len(codec.encode(Macaroon(b"", b"i" * 60000, (), SIGNATURE))) - 60000
    longest = Macaroon(b"", b"i" * (limits.ENCODED - overhead), (), SIGNATURE)
    data = codec.encode(longest)
    assert len(data) == limits.ENCODED and codec.decode(data) == longest
    too_long = Macaroon(b"", longest.identifier + b"i", (), SIGNATURE)
    with pytest.raises(ValueError):
        codec.encode(too_long)
    with pytest.raises(MalformedToken, match="exceeds 65535"):
        codec.decode(data + b" ")


@pytest.mark.parametrize("codec", [v1, v2, v2_json])
def test_there_are_as_many_caveats_as_the_limit_and_not_one_more(codec) -> None:
    most = Macaroon(b"", b"id", (Caveat(b"c"),) * limits.CAVEATS, SIGNATURE)
    data = codec.encode(most)
    assert codec.decode(data) == most
    with pytest.raises(ValueError):
        Macaroon(b"", b"id", (Caveat(b"c"),) * (limits.CAVEATS + 1), SIGNATURE)
    one = {v1: b"000acid c\n", v2: b"\x02\x01c\x00", v2_json: b'{"i":"c"},'}[codec]
    with pytest.raises(MalformedToken, match="at most 1024 caveats"):
        codec.decode(data.replace(one, one + one, 1))
