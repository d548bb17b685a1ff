"""A snapshot is what someone with the key wrote, for this tenant and database, or it is refused."""

import contextlib
import os
import pathlib
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine.denylist
from engine import Kind, SnapshotRefused, _compaction_py, _denylist, _denylist_py, _run_py
from engine._compaction import merge
from engine.snapshot import Claim, Snapshot, seed_of
from engine.snapshot_file import compact, open_snapshot, write
from tests.engine.tiers import CLAIM, DAY, KEY, NOW, OTHER, signed, snapshot_bytes, snapshot_of

SPANS = (1, DAY, 2 * DAY, 2 * DAY + 1, 8 * DAY, 8 * DAY + 1, 10**9)
BOTH = (_denylist.Denylist, _denylist_py.Denylist)


def filled(made, count: int, seed: int = 1):
    source, denylist = random.Random(seed), made()
    for number in range(count):
        target = source.randbytes(16) if number % 9 else bytes([number % 251]) * 16
        denylist.add(1 + number % 7, target, number, NOW + SPANS[number % len(SPANS)])
    return denylist


def whole(count: int = 60) -> bytes:
    return snapshot_bytes(filled(_denylist.Denylist, count))


WHOLE = whole()


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 15, 16, 17, 55, 56, 500, 5000])
def test_both_implementations_write_the_same_bytes_and_read_them_back(count) -> None:
    fast, plain = (filled(made, count) for made in BOTH)
    data = snapshot_bytes(fast)
    assert data == snapshot_bytes(plain)
    snapshot = Snapshot(memoryview(data), KEY)
    assert len(snapshot) == count == len(fast)
    assert sorted(snapshot.entries()) == sorted(fast.entries()) == sorted(plain.entries())
    for kind, target, value, until in fast.entries():
        assert snapshot.find(kind, target) == (kind, target, value, until)
        assert snapshot.find(kind % 7 + 1, target) is None or target[0] == target[1]
    # Another's entries on top, and another key, whose order is another.
    for denylist in (fast, plain):
        denylist.adopt(snapshot)
        for kind, target, value, until in filled(_denylist_py.Denylist, count, 2).entries():
            denylist.add(kind, target, value, until)
    for key in (KEY, OTHER):
        assert snapshot_bytes(fast, NOW + DAY, key) == snapshot_bytes(plain, NOW + DAY, key)
        assert merge(fast, seed_of(key), NOW) == _compaction_py.merge(fast, seed_of(key), NOW)


def test_the_mix_and_the_shape_of_a_run_are_those_of_the_format() -> None:
    """Frozen: a node must be able to read what one of another version wrote."""
    seed = _run_py.numbers(bytes(range(32)))
    assert _run_py.mix(seed, 3, bytes(range(16))) == 0x3EFBD8669A501668
    assert msgspec.structs.astuple(_run_py.shape(False, 1000)) == (63, 7, 2016, 2536, 24, 26560)
    denylist = _denylist_py.Denylist()
    denylist.add(Kind.ACTOR, b"a" * 16, 7, NOW + 5)
    denylist.add(Kind.KEY, b"k" * 16, 7, NOW + 90 * DAY)
    assert snapshot_bytes(denylist)[8:40].hex() == (
        "858ac83c74bc80150ac4c071c8f6cd59b8499bf868434da797e3c1af203c2b6c"
    )


def test_a_filter_lets_through_some_that_are_not_there_and_they_are_not_denied() -> None:
    count, source = 3000, random.Random(8)
    denylist = _denylist.Denylist()
    for _ in range(count):
        denylist.add(Kind.BLOCK, source.randbytes(16), 0, NOW + DAY)
    snapshot = snapshot_of(denylist)
    ((start, _, size, _, _),) = snapshot.runs
    blocks, seed = _run_py.shape(False, size).blocks, _run_py.numbers(snapshot.seed)
    denylist.adopt(snapshot)
    passed = 0
    for _ in range(10_000):
        other = source.randbytes(16)
        mixed = _run_py.mix(seed, Kind.BLOCK, other)
        bits = _run_py.filter_bits(blocks, mixed)
        passed += all(snapshot.data[start + byte] & bit for byte, bit in bits)
        assert not denylist.is_dead(Kind.BLOCK, other)
        assert snapshot.find(Kind.BLOCK, other) is None
    assert 0 < passed < 200


def test_whatever_bit_is_changed_the_snapshot_is_refused() -> None:
    for bit in [*range(8 * 700), *range(8 * 700, 8 * len(WHOLE), 31)]:
        data = bytearray(WHOLE)
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SnapshotRefused):
            Snapshot(memoryview(data), KEY)


def test_however_it_is_cut_or_lengthened_the_snapshot_is_refused() -> None:
    for length in [*range(200), *range(200, len(WHOLE), 97), len(WHOLE) - 1]:
        with pytest.raises(SnapshotRefused):
            Snapshot(memoryview(WHOLE[:length]), KEY)
    for more in (b"\0", bytes(64), WHOLE):
        with pytest.raises(SnapshotRefused):
            Snapshot(memoryview(WHOLE + more), KEY)


def test_a_snapshot_of_another_key_tenant_or_database_is_refused_and_says_so(tmp_path) -> None:
    path = tmp_path / "s"
    write(path, [WHOLE])
    with pytest.raises(SnapshotRefused, match="digest"):
        open_snapshot(path, OTHER, tenant="default", database="d1")
    with pytest.raises(SnapshotRefused, match="another tenant"):
        open_snapshot(path, KEY, tenant="other", database="d1")
    with pytest.raises(SnapshotRefused, match="another database"):
        open_snapshot(path, KEY, tenant="default", database="d2")
    assert open_snapshot(path, KEY, tenant="default", database="d1").claim == CLAIM
    write(path, [b""])
    with pytest.raises(SnapshotRefused, match="empty"):
        open_snapshot(path, KEY, tenant="default", database="d1")
    with pytest.raises(ValueError, match="at least 32 bytes"):
        Snapshot(memoryview(WHOLE), KEY[:31])


def parts() -> tuple[list, bytes]:
    """The header of a good one, decoded, and its runs."""
    length = int.from_bytes(WHOLE[40:44], "little")
    return msgspec.msgpack.decode(WHOLE[44 : 44 + length]), WHOLE[(44 + length + 63) & ~63 :]


def joined(header: object, runs: bytes) -> bytes:
    head = msgspec.msgpack.encode(header)
    start = WHOLE[:40] + len(head).to_bytes(4, "little") + head
    return signed(start + bytes(-len(start) % 64) + runs)


def test_a_header_that_makes_no_sense_is_refused_though_its_digest_matches() -> None:
    header, runs = parts()
    assert Snapshot(memoryview(joined(header, runs)), KEY).runs
    first = header[5][0]

    def with_run(*run: object) -> list:
        return [*header[:5], [list(run), *header[5][1:]]]

    for wrong in (
        [*header, 1], header[:5], 5, [1, *header[1:]], ["t" * 257, *header[1:]],
        [*header[:2], [-1], *header[3:]], [*header[:2], ["1"], *header[3:]],
        [*header[:3], -1, *header[4:]], [*header[:4], b"short", header[5]],
        [*header[:5], header[5] * 2], [*header[:5], header[5][1:]],
        with_run(not first[0], *first[1:]), with_run(first[0], first[1] + 1, *first[2:]),
        with_run(first[0], 0, first[2], [0] * 8), with_run(*first[:3], first[3][:7]),
        with_run(first[0], 2**32, first[2], [0, 2**32, *[0] * 6]),
        with_run(*first[:3], [first[1], *[0] * 7]), with_run(*first[:3], [*[0] * 7, first[1]]),
        with_run(*first[:3], [0, -1, first[1] + 1, *[0] * 5]),
    ):  # fmt: skip
        with pytest.raises(SnapshotRefused):
            Snapshot(memoryview(joined(wrong, runs)), KEY)
    long = signed(WHOLE[:40] + (70_000).to_bytes(4, "little") + bytes(80_000))
    with pytest.raises(SnapshotRefused, match="header"):
        Snapshot(memoryview(long), KEY)


@given(st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), min_size=1, max_size=60))
def test_runs_that_make_no_sense_are_read_within_their_bounds(changes) -> None:
    """Someone with the key, or who changes the file later: any answer, but no reading elsewhere."""
    data = bytearray(WHOLE)
    start = Snapshot(memoryview(WHOLE), KEY).runs[0][0]
    for place, byte in changes:
        data[start + place % (len(data) - start)] = byte
    snapshot = Snapshot(memoryview(signed(bytes(data))), KEY)
    # The filters are made to let everything through, so that every directory is followed.
    for offset, values, count, _, _ in snapshot.runs:
        size = _run_py.shape(values, count).directory
        data[offset : offset + size] = b"\xff" * size
    open_wide = Snapshot(memoryview(signed(bytes(data))), KEY)
    for made in (snapshot, open_wide):
        fast, plain = _denylist.Denylist(), _denylist_py.Denylist()
        for denylist in (fast, plain):
            denylist.add(Kind.KEY, b"k" * 16, 0, NOW + DAY)
            denylist.adopt(made)
        for target in (b"\0" * 16, b"k" * 16, *(bytes([n]) * 16 for n in range(0, 60, 9))):
            for kind in range(1, 8):
                assert fast.is_dead(kind, target) == plain.is_dead(kind, target)
        with contextlib.suppress(SnapshotRefused):  # which now has kinds that no run may have
            snapshot_of(fast, NOW + 5)
        fast.adopt(snapshot_of(_denylist.Denylist()))
        fast.entries()


@pytest.mark.parametrize("change", [
    {"runs": ((0, False, 1, NOW, (0,) * 8),) * 4}, {"runs": ((2**40, False, 1, NOW, (0,) * 8),)},
    {"runs": ((0, False, 0, NOW, (0,) * 8),)}, {"runs": ((0, False, 2**32, NOW, (0,) * 8),)},
    {"runs": ((0, False, 10**6, NOW, (0,) * 8),)}, {"seed": b"short"},
])  # fmt: skip
def test_the_compiled_denylist_believes_no_runs_that_lie_outside_of_the_memory(change) -> None:
    class Lying:
        data, digest, previous, now, seed = memoryview(bytes(4096)), b"", b"", 0, bytes(32)
        runs = ()

    lying = Lying()
    vars(lying).update(change)
    denylist = _denylist.Denylist()
    with pytest.raises(ValueError, match="runs|snapshot|seed"):
        denylist.adopt(lying)
    denylist.adopt(snapshot_of(filled(_denylist.Denylist, 5)))
    assert len(denylist) == 5


def test_compacting_writes_all_that_lives_and_adopting_it_empties_the_memory(tmp_path) -> None:
    path = tmp_path / "snapshot"
    denylist = engine.denylist.Denylist()
    denylist.add(Kind.KEY, b"k" * 16, 0, NOW)
    denylist.add(Kind.GRANT, b"g" * 16, 0, NOW + 1)
    claim = Claim("t", "d", (5, 2**63 - 1))
    first = compact(denylist, path, key=KEY, claim=claim, now=NOW)
    assert (len(first), first.claim, first.now, first.previous) == (1, claim, NOW, bytes(32))
    assert denylist.exact == 2 and denylist.adopted is None  # nothing has changed yet
    denylist.adopt(first)
    assert (denylist.exact, len(denylist), denylist.adopted) == (0, 1, first)
    denylist.add(Kind.BLOCK, b"b" * 16, 0, NOW + 9)
    second = compact(denylist, path, key=KEY, claim=claim, now=NOW)
    assert second.previous == first.digest and len(second) == 2
    assert denylist.is_dead(Kind.GRANT, b"g" * 16)  # from the file that was replaced
    assert os.listdir(tmp_path) == ["snapshot"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert repr(second) == "<Snapshot of 2 revocations of 't'>"
    # By now everything has expired: what is written is empty, and still a snapshot.
    empty = compact(denylist, path, key=KEY, claim=claim, now=NOW + 9)
    denylist.adopt(empty)
    assert len(empty) == len(denylist) == 0


def test_a_failed_write_leaves_the_file_that_was_there_and_nothing_beside_it(tmp_path) -> None:
    path = tmp_path / "snapshot"
    write(path, [b"before"])

    def fail():
        yield b"half"
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        write(path, fail())
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "nowhere" / "x", [b""])
    assert os.listdir(tmp_path) == ["snapshot"] and path.read_bytes() == b"before"


def test_a_snapshot_tells_neither_its_key_nor_its_seed(tmp_path) -> None:
    path = pathlib.Path(tmp_path, "s")
    snapshot = compact(filled(_denylist.Denylist, 9), path, key=KEY, claim=CLAIM, now=NOW)
    assert KEY not in path.read_bytes() and seed_of(KEY) not in path.read_bytes()
    assert snapshot.seed.hex() not in repr(snapshot) and len(repr(snapshot)) < 80


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_merging_takes_a_seed_of_32_bytes_and_a_time_that_is_not_negative(seed) -> None:
    for call, made in ((merge, BOTH[0]), (_compaction_py.merge, BOTH[1])):
        for wrong in ((seed, 0), (bytes(32), -1)):
            with pytest.raises(ValueError, match="32 bytes"):
                call(made(), *wrong)
