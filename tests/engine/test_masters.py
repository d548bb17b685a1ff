"""Master secrets, epochs and tenants: one key is tried, and no leaked one mints for today."""

import pytest

from engine import (
    Access,
    BadTail,
    Keyring,
    MasterSecret,
    NoDenylist,
    RecordNeeded,
    RootKey,
    TenantKeys,
    UnknownKey,
    Verifier,
    inspect,
)
from engine.record import KeyRecord

NOW = 1_800_000_000
ACCESS = Access(now=NOW)
SECRETS = {1: bytes(range(32)), 2: bytes(range(32, 64))}


def keyring(current: int, *retired: tuple[int, int, int | None]) -> Keyring:
    masters = [MasterSecret(i, SECRETS[i], at, end) for i, at, end in retired]
    return Keyring(MasterSecret(current, SECRETS[current]), masters)


def verifier(ring: Keyring, records=None, name="t", epoch=0) -> Verifier:
    return Verifier(ring.tenant(name, epoch), denylist=NoDenylist(), records=records)


def grant_by(ring: Keyring, *, now: int, **fields: object) -> str:
    terms = {"key_issued_at": 0, "expires_at": NOW * 2, "actor": "", "scopes": []}
    return ring.tenant("t").mint_grant(b"K" * 16, now=now, **terms | fields).text


def test_a_retired_secret_admits_grants_of_its_time_until_its_end() -> None:
    old, end = keyring(1), NOW + 1000
    rotated = keyring(2, (1, NOW, end))
    for issued, now, good in (
        (NOW - 1, NOW + 5, True),
        (NOW, NOW + 5, True),
        (NOW + 1, NOW + 5, False),
        (NOW, end - 1, True),
        (NOW, end, False),
        (NOW, end + 1, False),
    ):
        text = grant_by(old, now=issued)
        if good:
            assert verifier(rotated).verify(text, Access(now=now))
        else:
            with pytest.raises(UnknownKey):
                verifier(rotated).verify(text, Access(now=now))


def test_a_retired_secret_without_an_end_admits_no_grant_at_all() -> None:
    # Who holds it when it leaks can date a grant back to any second of its time.
    endless = verifier(keyring(2, (1, NOW, None)))
    for issued in (0, NOW - 1, NOW):
        for now in (issued, NOW, NOW * 2 - 1):
            with pytest.raises(UnknownKey):
                endless.verify(grant_by(keyring(1), now=issued), Access(now=now))
            with pytest.raises(UnknownKey):
                endless.verify(grant_by(keyring(1), now=issued), Access(now=-now))
    edge = keyring(1).tenant("t").root(1)
    assert edge is not None and edge.admits_grant(NOW * 3, NOW * 3)
    ended = RootKey(edge.secret, NOW, NOW + 9)
    assert [ended.admits_grant(*when) for when in ((NOW, NOW + 8), (NOW, NOW + 9))] == [True, False]


@pytest.mark.parametrize("leeway", [0, 60])
def test_no_grant_is_older_than_its_key_by_more_than_the_leeway(world, leeway) -> None:
    # A forged one claims a key of the far future, which no TENANT or ACTOR entry would reach.
    check = world.verifier(leeway=leeway)
    access = Access(now=NOW)
    for issued_at, key_issued_at, good in (
        (NOW, NOW, True),
        (NOW, NOW + leeway, True),
        (NOW, NOW + leeway + 1, False),
        (NOW, 2**63 - 1, False),
        (0, leeway, True),
        (0, leeway + 1, False),
    ):
        text = world.forge(world.head(issued_at=issued_at, key_issued_at=key_issued_at))
        (narrowed,) = check.verify_many([text], access)
        if good:
            assert check.verify(text, access) == narrowed
            continue
        assert type(narrowed) is UnknownKey
        with pytest.raises(UnknownKey):
            check.verify(text, access)


def test_a_grant_of_a_key_stamped_ahead_is_issued_with_its_key_and_is_good_from_then() -> None:
    minted = (
        keyring(1)
        .tenant("t")
        .mint_grant(
            b"K" * 16, key_issued_at=NOW + 1, now=NOW, expires_at=NOW + 9, actor="", scopes=[]
        )
    )
    assert minted.issued_at == NOW + 1 == inspect(minted.text).unverified_header.issued_at
    strict = Verifier(keyring(1).tenant("t"), denylist=NoDenylist(), leeway=0)
    assert strict.verify(minted.text, Access(now=NOW + 1))
    with pytest.raises(ValueError, match="expire after"):
        grant_by(keyring(1), now=NOW, key_issued_at=NOW * 2)


def test_a_key_under_a_retired_secret_lives_by_its_record_alone() -> None:
    minted = keyring(1).tenant("t").mint_key(now=NOW - 9)
    record = KeyRecord(master_id=1, issued_at=NOW - 9, expires_at=NOW * 2)
    rotated = keyring(2, (1, NOW, NOW + 1))
    assert verifier(rotated, {minted.key_id: record}).verify(minted.text, Access(now=NOW + 100))


def test_a_leaked_retired_secret_mints_no_key_of_today() -> None:
    today = keyring(2).tenant("t").mint_key(now=NOW)
    records = {today.key_id: KeyRecord(master_id=2, issued_at=NOW, expires_at=NOW * 2)}
    thief, rotated = keyring(1).tenant("t"), keyring(2, (1, NOW - 50, None))
    from_retired = thief.mint_key(now=NOW).text
    with pytest.raises(RecordNeeded):
        verifier(rotated, records).verify(from_retired, ACCESS)
    forged = records | {inspect(from_retired).unverified_header.key_id: records[today.key_id]}
    with pytest.raises(UnknownKey):
        verifier(rotated, forged).verify(from_retired, ACCESS)
    with pytest.raises(UnknownKey):
        verifier(rotated).verify(grant_by(keyring(1), now=NOW), ACCESS)


def test_minting_is_under_the_current_secret_only() -> None:
    rotated = keyring(2, (1, NOW, None))
    minted = rotated.tenant("t").mint_key(now=NOW)
    assert minted.master_id == 2 == inspect(minted.text).unverified_header.master_id
    with pytest.raises(UnknownKey):
        verifier(keyring(1)).verify(minted.text, ACCESS)


def test_another_tenant_epoch_or_secret_refuses_alike_to_the_outside() -> None:
    text = grant_by(keyring(1), now=NOW)
    assert verifier(keyring(1)).verify(text, ACCESS).tenant == "t"
    for other, error in (
        (verifier(keyring(1), name="T"), BadTail),
        (verifier(keyring(1), name="t\0"), BadTail),
        (verifier(keyring(1), epoch=1), UnknownKey),
        (verifier(keyring(2)), UnknownKey),
        (verifier(Keyring(MasterSecret(1, SECRETS[2]))), BadTail),
    ):
        with pytest.raises(error) as caught:
            other.verify(text, ACCESS)
        assert type(caught.value) is error


def test_raising_the_epoch_ends_all_below_it_and_only_there() -> None:
    ring = keyring(1)
    new = ring.tenant("t", 1).mint_grant(
        b"K" * 16, key_issued_at=0, now=NOW, expires_at=NOW * 2, actor="", scopes=[]
    )
    assert verifier(ring, epoch=1).verify(new.text, ACCESS)
    for epoch in (0, 2):
        with pytest.raises(UnknownKey):
            verifier(ring, epoch=epoch).verify(new.text, ACCESS)


def test_an_edge_verifies_with_the_tenants_root_keys_alone() -> None:
    root = MasterSecret(1, SECRETS[1]).tenant_key("t", 0)
    edge = TenantKeys("t", 0, 1, {1: RootKey(root)})
    text = grant_by(keyring(1), now=NOW)
    assert Verifier(edge, denylist=NoDenylist()).verify(text, ACCESS)


@pytest.mark.parametrize("make", [
    lambda: MasterSecret(0, bytes(32)),
    lambda: MasterSecret(256, bytes(32)),
    lambda: MasterSecret(1, bytes(31)),
    lambda: MasterSecret(1, bytes(33)),
    lambda: MasterSecret(1, bytes(32), end=5),
    lambda: Keyring(MasterSecret(1, bytes(32), retired_at=5)),
    lambda: Keyring(MasterSecret(1, bytes(32)), [MasterSecret(2, bytes(32))]),
    lambda: Keyring(MasterSecret(1, bytes(32)), [MasterSecret(1, b"o" * 32, retired_at=5)]),
    lambda: MasterSecret(1, bytes(32), retired_at=5, end=4),
    lambda: RootKey(bytes(32), end=5),
    lambda: RootKey(bytes(32), retired_at=5, end=4),
    lambda: Keyring(MasterSecret(1, bytes(32)), [MasterSecret(2, bytes(32), retired_at=5)]),
    lambda: Keyring(
        MasterSecret(1, bytes(32)), [MasterSecret(i, b"o" * 32, retired_at=5) for i in (2, 3)]
    ),
    lambda: TenantKeys("t", 0, 1, {1: RootKey(bytes(32)), 2: RootKey(bytes(32), retired_at=5)}),
    lambda: TenantKeys("t", 0, 1, {}),
    lambda: TenantKeys("t", 0, 1, {2: RootKey(bytes(32))}),
    lambda: TenantKeys("t", 0, 1, {1: RootKey(bytes(32), retired_at=5)}),
])  # fmt: skip
def test_no_keyring_is_made_that_could_not_tell_its_secrets_apart(make) -> None:
    with pytest.raises(ValueError):
        make()


def test_a_check_value_tells_secrets_apart_and_derived_keys_differ_by_purpose() -> None:
    one, two = (MasterSecret(i, secret) for i, secret in SECRETS.items())
    assert one.check_value() == MasterSecret(9, SECRETS[1]).check_value() != two.check_value()
    assert len(one.check_value()) == 16
    keys = {one.derive("marzipan test a"), one.derive("marzipan test b"), one.tenant_key("t", 0)}
    assert len(keys) == 3 and len(one.derive("marzipan test a", 64)) == 64
