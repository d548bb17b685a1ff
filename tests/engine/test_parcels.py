"""A snapshot that travels in chunks arrives as it was, or is refused where it went wrong."""

import msgspec
import pytest

from engine import SnapshotRefused, _denylist
from engine.parcels import checked, chunks, manifest, seal, unseal
from engine.snapshot_file import assemble
from tests.engine.tiers import CLAIM, DAY, KEY, NOW, OTHER, snapshot_of


@pytest.fixture(scope="module")
def implementation() -> str:
    """Nothing here is implemented twice."""
    return "compiled"


@pytest.fixture(scope="module")
def snapshot(implementation):
    denylist = _denylist.Denylist()
    for number in range(200):
        denylist.add(1 + number % 7, number.to_bytes(16, "big"), number, NOW + DAY)
    return snapshot_of(denylist)


@pytest.mark.parametrize("portion", [1, 63, 64, 1000, 10**6])
def test_what_is_cut_is_put_together_again(snapshot, portion, tmp_path) -> None:
    made = unseal(seal(manifest(snapshot, portion), KEY), KEY)
    assert (made.claim, made.digest, made.size) == (CLAIM, snapshot.digest, len(snapshot.data))
    arrived = [bytes(chunk) for chunk in chunks(snapshot, portion)]
    assert [len(chunk) for chunk in arrived] == [made.length(n) for n in range(len(made.chunks))]
    again = assemble(arrived, tmp_path / "s", KEY, made)
    assert again.data == snapshot.data and again.digest == snapshot.digest


def test_a_chunk_that_was_lost_added_swapped_cut_or_changed_is_refused(snapshot, tmp_path) -> None:
    made = manifest(snapshot, 500)
    good = [bytes(chunk) for chunk in chunks(snapshot, 500)]
    flipped = bytes([good[2][0] ^ 1]) + good[2][1:]
    for wrong, where in (
        (good[:-1], len(good) - 1), ([], 0), ([*good, good[0]], len(good)),
        ([*good, b""], len(good)), ([good[1], good[0], *good[2:]], 0), ([good[0], *good[2:]], 1),
        ([*good[:2], flipped, *good[3:]], 2), ([*good[:2], good[2][:-1], *good[3:]], 2),
        ([*good[:2], good[2] + b"x", *good[3:]], 2), ([*good[:-1], good[-1] + b"x"], len(good) - 1),
    ):  # fmt: skip
        with pytest.raises(SnapshotRefused, match=f"chunk {where} "):
            list(checked(made, wrong))
        with pytest.raises(SnapshotRefused):
            assemble(wrong, tmp_path / "s", KEY, made)
        assert list(tmp_path.iterdir()) == []


def test_no_chunk_is_asked_for_after_a_wrong_one(snapshot) -> None:
    made, asked = manifest(snapshot, 500), []

    def fetched():
        for number, chunk in enumerate(chunks(snapshot, 500)):
            asked.append(number)
            yield bytes(chunk) if number != 1 else b"x" * 500

    with pytest.raises(SnapshotRefused):
        list(checked(made, fetched()))
    assert asked == [0, 1]


def test_a_manifest_that_was_changed_cut_or_sealed_with_another_key_is_refused(snapshot) -> None:
    sealed = seal(manifest(snapshot, 500), KEY)
    for bit in range(8 * len(sealed)):
        wrong = bytearray(sealed)
        wrong[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SnapshotRefused):
            unseal(bytes(wrong), KEY)
    for wrong in (b"", sealed[:31], sealed[:-1], sealed + b"x", bytes(5 << 20)):
        with pytest.raises(SnapshotRefused):
            unseal(wrong, KEY)
    with pytest.raises(SnapshotRefused):
        unseal(sealed, OTHER)
    with pytest.raises(SnapshotRefused):
        unseal(seal(msgspec.structs.replace(manifest(snapshot, 500), size=10**6), KEY), KEY)
    with pytest.raises(SnapshotRefused, match="cannot be read"):
        unseal(seal([1, 2], KEY), KEY)
