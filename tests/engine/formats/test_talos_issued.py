"""Guarantees of issued keys of Talos: engine/formats/talos/issued.py, and their verification."""

from uuid import UUID

import base58
import pytest

from engine import (
    Access,
    BadTail,
    CaveatUnmet,
    Denylist,
    KeyRecord,
    KeyStatus,
    Kind,
    MalformedToken,
    NoDenylist,
    RecordNeeded,
    TokenError,
    TokenExpired,
    TokenRevoked,
    UnknownKey,
    Visibility,
    actor_target,
    cidr,
    tenant_target,
)
from engine.formats.talos import HmacSecret, Installation, TalosPrefixes, TalosVerifier, issued
from engine.types import ELSEWHERE

NOW = 1_800_000_000
YEAR = 365 * 86_400
VECTOR = (
    "ory_ak_v1_Qixkm4LLsreXThDhoda6rp5aHTsnLV5q2Z8krGeSaLbReQ3scgkTqP3Ty4FwRK1E"
    "_DKeCrnLoQuEjDs7GK9BDtnAJEtDBXN7pURNUNuKt9wky"
)
# From the public documentation; under what secret it was made is not known.
PUBLISHED = (
    "prod_v1_QixobFgVufjZNuoYXKtn78NAqFVroyN518nRaK3WD3nxTNufzwJq9sjdrDMrcyP2"
    "_3wyBJBd2KxqXK117oqGWZzJU85Nv7C9vKWj9nVSqbEby"
)


class Bench:
    """A verifier over one key's record, any of which may be given."""

    def __init__(self, old_talos) -> None:
        self.old = old_talos
        self.id = UUID(old_talos.key_id).bytes
        self.records: dict[bytes, KeyRecord] = {self.id: self.record()}

    def record(self, **fields) -> KeyRecord:
        terms = {"master_id": ELSEWHERE, "issued_at": NOW, "expires_at": NOW + 10**7}
        return KeyRecord(**terms | {"scopes": ("read", "write"), "actor": "owner"} | fields)

    def verifier(self, *, record=None, denylist=None, **fields) -> TalosVerifier:
        records = self.records if record is None else {self.id: record}
        secrets = fields.pop("secrets", (HmacSecret(self.old.secret),))
        known = NoDenylist() if denylist is None else denylist
        old = Installation(**{"secrets": secrets} | fields)
        return TalosVerifier("default", old, denylist=known, records=records)


@pytest.fixture
def bench(old_talos) -> Bench:
    return Bench(old_talos)


def test_a_published_key_is_read() -> None:
    key = issued.split(PUBLISHED)
    assert key is not None
    assert (key.prefix, key.issued_at) == ("prod", 1780334005)
    assert key.key_id == UUID("792b4c1a-1a2d-430b-b733-c789a2b7b1fe").bytes


def test_the_vector_is_genuine_under_its_secret_alone(old_talos) -> None:
    key = issued.split(VECTOR)
    assert key is not None and key.issued_at == 1767225600
    issued.require_genuine(key, [HmacSecret(old_talos.secret)], NOW)
    for wrong in (old_talos.secret[:-1], old_talos.secret + "0", "f" * 32):
        with pytest.raises(BadTail):
            issued.require_genuine(key, [HmacSecret(wrong)], NOW)


def test_a_grant_says_what_the_record_says(bench) -> None:
    record = bench.record(generation=3, visibility=Visibility.PUBLIC, actor="ann")
    grant = bench.verifier(record=record).verify(bench.old.key(), Access(now=NOW))
    assert (grant.tenant, grant.key_id, grant.grant_id) == ("default", bench.id, None)
    assert (grant.key_issued_at, grant.expires_at) == (NOW, NOW + 10**7)
    assert (grant.actor, grant.scopes, grant.audiences) == ("ann", ("read", "write"), ())
    assert (grant.generation, grant.visibility) == (3, Visibility.PUBLIC)
    assert (grant.sealed, grant.delegates, grant.revocation_ids) == (False, (), ())


def test_no_key_with_a_flipped_bit_is_accepted(bench) -> None:
    text, verifier = bench.old.key().encode(), bench.verifier()
    for at in range(len(text)):
        for bit in range(8):
            flipped = bytearray(text)
            flipped[at] ^= 1 << bit
            with pytest.raises(TokenError):
                verifier.verify(flipped.decode("latin-1"), Access(now=NOW))


@pytest.mark.parametrize("change", ["1{}", "{}1", " {}", "{}\n", "{}_", "_{}", "{}\0"])
def test_a_key_has_one_spelling(bench, change) -> None:
    with pytest.raises(TokenError):
        bench.verifier().verify(change.format(bench.old.key()), Access(now=NOW))


def test_a_checksum_with_leading_zeros_is_another_checksum(bench) -> None:
    signed, _, checksum = bench.old.key().rpartition("_")
    for spelt in ("1" + checksum, checksum[:-1], checksum * 2, checksum + "1"):
        with pytest.raises(BadTail):
            bench.verifier().verify(f"{signed}_{spelt}", Access(now=NOW))


@pytest.mark.parametrize(
    "payload",
    [
        "{t}:{id}:",
        "0{t}:{id}",
        "+{t}:{id}",
        "-1:{id}",
        " {t}:{id}",
        "{t}{id}",
        "{t}:{upper}",
        "{t}:{hex}",
        "{t}:({id})",
        "{t}:{id}\n",
        "1111111111111111:{id}",
        "{t}:gggggggg-gggg-gggg-gggg-gggggggggggg",
        "{t}:",
        "é{t}:{id}",
    ],
)
def test_an_identifier_has_one_spelling_even_under_the_right_checksum(bench, payload) -> None:
    id_ = "abcdefab-2222-4333-8444-555555555555"
    made = payload.format(t=NOW, id=id_, upper=id_.upper(), hex=id_.replace("-", ""))
    assert issued.split(bench.old.key(payload=f"{NOW}:{id_}".encode())) is not None
    text = bench.old.key(payload=made.encode())
    assert issued.split(text) is None
    with pytest.raises(MalformedToken):
        bench.verifier().verify(text, Access(now=NOW))


def test_hostile_lengths_are_refused_before_any_arithmetic(bench) -> None:
    start = "ory_ak_v1_"
    for text in (start + "z" * 129 + "_" + "z" * 44, "a" * 10**6, start + "z" * 10**5):
        assert issued.split(text) is None
    with pytest.raises(BadTail):
        bench.verifier().verify(bench.old.key() + "z" * 8000, Access(now=NOW))


def test_a_retired_secret_works_until_its_end(bench) -> None:
    secrets = (HmacSecret("f" * 32), HmacSecret(bench.old.secret, NOW + 10))
    verifier = bench.verifier(secrets=secrets)
    verifier.verify(bench.old.key(), Access(now=NOW + 9))
    with pytest.raises(BadTail):
        verifier.verify(bench.old.key(), Access(now=NOW + 10))


def test_another_secrets_key_is_refused(bench) -> None:
    with pytest.raises(BadTail):
        bench.verifier().verify(bench.old.key(secret="f" * 32), Access(now=NOW))


def test_a_genuine_key_under_a_prefix_that_is_not_configured_is_unknown(bench) -> None:
    with pytest.raises(UnknownKey):
        bench.verifier().verify(bench.old.key(prefix="other"), Access(now=NOW))
    prefixes = TalosPrefixes(issued=("ory_ak", "other"))
    bench.verifier(prefixes=prefixes).verify(bench.old.key(prefix="other"), Access(now=NOW))


def test_a_key_moved_under_another_configured_prefix_is_not_genuine(bench) -> None:
    prefixes = TalosPrefixes(issued=("ory_ak", "ory_pk"))
    moved = bench.old.key().replace("ory_ak", "ory_pk")
    with pytest.raises(BadTail):
        bench.verifier(prefixes=prefixes).verify(moved, Access(now=NOW))


def test_a_prefix_may_hold_what_separates_the_parts(bench) -> None:
    prefixes = TalosPrefixes(issued=("a_v1_b",))
    text = bench.old.key(prefix="a_v1_b")
    bench.verifier(prefixes=prefixes).verify(text, Access(now=NOW))


def test_a_key_older_than_max_ttl_is_unknown_whatever_its_record_says(bench) -> None:
    verifier = bench.verifier(record=bench.record(expires_at=NOW + 2 * YEAR))
    verifier.verify(bench.old.key(), Access(now=NOW + YEAR))
    with pytest.raises(UnknownKey):
        verifier.verify(bench.old.key(), Access(now=NOW + YEAR + 1))


def test_a_key_from_further_in_the_future_than_the_skew_is_unknown(bench) -> None:
    bench.verifier().verify(bench.old.key(), Access(now=NOW - 300))
    with pytest.raises(UnknownKey):
        bench.verifier().verify(bench.old.key(), Access(now=NOW - 301))


def test_a_key_without_a_record_asks_for_it_only_once_it_is_genuine(bench) -> None:
    bench.records.clear()
    with pytest.raises(RecordNeeded) as needed:
        bench.verifier().verify(bench.old.key(), Access(now=NOW))
    assert needed.value.key_id == bench.id
    with pytest.raises(BadTail):
        bench.verifier().verify(bench.old.key(secret="f" * 32), Access(now=NOW))


def test_the_second_inside_the_key_is_the_records_or_one_of_the_two_minutes_after_it(bench) -> None:
    for later in (0, 1, 120):
        bench.verifier().verify(bench.old.key(issued_at=NOW + later), Access(now=NOW))
    for later in (-1, 121):
        with pytest.raises(UnknownKey):
            bench.verifier().verify(bench.old.key(issued_at=NOW + later), Access(now=NOW))


def test_the_record_of_a_native_key_is_never_an_old_keys(bench) -> None:
    for master_id in (1, 255):
        record = bench.record(master_id=master_id)
        with pytest.raises(UnknownKey):
            bench.verifier(record=record).verify(bench.old.key(), Access(now=NOW))


def test_the_record_of_an_old_key_is_never_a_native_keys(world, bench) -> None:
    minted = world.keys.mint_key(now=NOW)
    records = {minted.key_id: bench.record()}
    with pytest.raises(UnknownKey):
        world.verifier(records=records).verify(minted.text, Access(now=NOW))
    # A header that names the master id of old keys is none, whatever its tail.
    head = b"\x95\x01\x00\x00\xc4\x10" + bench.id + b"\xce" + NOW.to_bytes(4, "big")
    assert world.parts(world.forge(head))[0] == head
    with pytest.raises(MalformedToken):
        world.verifier(records=bench.records).verify(world.forge(head), Access(now=NOW))


def test_status_and_expiry_are_the_records(bench) -> None:
    for status in (KeyStatus.REVOKED, KeyStatus.SUSPENDED):
        verifier = bench.verifier(record=bench.record(status=status))
        with pytest.raises(TokenRevoked):
            verifier.verify(bench.old.key(), Access(now=NOW))
    expiring = bench.verifier(record=bench.record(expires_at=NOW + 5))
    expiring.verify(bench.old.key(), Access(now=NOW + 4))
    with pytest.raises(TokenExpired):
        expiring.verify(bench.old.key(), Access(now=NOW + 5))


def test_networks_and_scopes_are_the_records(bench) -> None:
    verifier = bench.verifier(record=bench.record(networks=(cidr("10.0.0.0/8"),)))
    verifier.verify(bench.old.key(), Access(now=NOW, client_ip="10.1.2.3", scopes=("read",)))
    for access in (Access(now=NOW), Access(now=NOW, client_ip="192.0.2.1")):
        with pytest.raises(CaveatUnmet, match="Network"):
            verifier.verify(bench.old.key(), access)
    with pytest.raises(CaveatUnmet, match="Scopes"):
        bench.verifier().verify(bench.old.key(), Access(now=NOW, scopes=("admin",)))


@pytest.mark.parametrize("kind", [Kind.KEY, Kind.ACTOR, Kind.TENANT, Kind.SUNSET])
def test_an_old_key_is_revoked_as_a_native_one_is(bench, kind) -> None:
    named = {Kind.ACTOR: actor_target("default", "owner"), Kind.TENANT: tenant_target("default")}
    denylist = Denylist()
    verifier = bench.verifier(denylist=denylist)
    verifier.verify(bench.old.key(), Access(now=NOW))
    denylist.add(kind, named.get(kind, bench.id), NOW, NOW + 10**9)
    with pytest.raises(TokenRevoked):
        verifier.verify(bench.old.key(), Access(now=NOW))


def test_no_error_carries_the_key(bench) -> None:
    text = bench.old.key()
    checksum = text.rpartition("_")[2]
    for broken in (text[:-1], text.replace("ory_ak", "other"), bench.old.key(issued_at=NOW - 1)):
        with pytest.raises(TokenError) as refused:
            bench.verifier().verify(broken, Access(now=NOW))
        assert checksum[:8] not in f"{refused.value!r}{refused.value.args}"
    assert checksum[:8] not in repr(issued.split(text))
    assert base58.b58decode(checksum).hex()[:8] not in repr(issued.split(text))


def test_explaining_names_the_step_that_refuses(bench) -> None:
    access = Access(now=NOW, scopes=("admin",))
    explained = bench.verifier().explain(bench.old.key(), access)
    assert [one.check for one in explained.steps] == ["chain", "standing", "terms"]
    assert [one.name for one in explained.refusals] == ["Scopes"]
    assert bench.verifier().explain(bench.old.key(), Access(now=NOW)).allowed
    (wrong,) = bench.verifier().explain(bench.old.key(secret="f" * 32), access).steps
    assert (wrong.check, wrong.error) == ("chain", "BadTail")
    expired = bench.verifier(record=bench.record(expires_at=NOW))
    assert expired.explain(bench.old.key(), access).refusals[0].error == "TokenExpired"
