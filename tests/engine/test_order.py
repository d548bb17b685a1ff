"""The order of verification is fixed: of several faults, the earliest one is the verdict."""

import msgspec
import pytest

from engine import (
    Access,
    BadTail,
    CaveatUnmet,
    ChecksumMismatch,
    KeyRecord,
    KeyStatus,
    MalformedToken,
    RecordNeeded,
    TokenExpired,
    TokenRevoked,
    UnknownKey,
    actor_target,
    chain,
    cidr,
    tenant_target,
)
from engine.caveats import Amount, Budget, Custom, Delegate
from engine.header import KeyHeader
from engine.types import Kind

NOW = 1_800_000_000
KEY_ID = b"K" * 16

# In the order of verification: the fault, the refusal it leads to, and what the refusal says.
LADDER = [
    ("too long", MalformedToken, "exceeds 8192 bytes"),
    ("unknown prefix", MalformedToken, "no known token prefix"),
    ("wrong checksum", ChecksumMismatch, "checksum"),
    ("padded base64", MalformedToken, "base64url without padding"),
    ("trailing byte", MalformedToken, "envelope"),
    ("bad header", MalformedToken, "header is of no known form"),
    ("unknown master id", UnknownKey, "no key known here"),
    ("wrong tail", BadTail, "tail"),
    ("prefix of a key", MalformedToken, "prefix does not fit"),
    ("key dead", TokenRevoked, "token's key"),
    ("block dead", TokenRevoked, "token's block"),
    ("no record", RecordNeeded, "not in memory"),
    ("record of another second", UnknownKey, "no key known here"),
    ("tenant revoked", TokenRevoked, "token's tenant"),
    ("actor revoked", TokenRevoked, "token's actor"),
    ("key sunset", TokenRevoked, "token's key"),
    ("suspended", TokenRevoked, "token's key"),
    ("key expired", TokenExpired, f"expired at {NOW}"),
    ("outside the network", CaveatUnmet, "Network \\(the credential itself\\)"),
    ("scope not held", CaveatUnmet, "Scopes \\(the credential itself\\)"),
    ("block not minimal", MalformedToken, "block 0 is not minimal"),
    ("unknown caveat", CaveatUnmet, "Unknown \\(block 1, caveat 0\\)"),
    ("delegate revoked", TokenRevoked, "token's actor"),
    ("caveat unmet", CaveatUnmet, "Amount \\(block 0, caveat 1\\)"),
    ("budget spent", CaveatUnmet, "Budget \\(block 0, caveat 2\\): the budget is spent"),
]
FAULTS = [fault for fault, _, _ in LADDER]


class Scene:
    """One token with any set of faults, its verifier and its access."""

    def __init__(self, world, faults: set[str]) -> None:
        self.calls: list[bytes] = []
        self.spent = 0
        self.faults = faults
        self.text, ids = self._token(world)
        self.verifier = world.verifier(
            denylist=world.denylist(*self._entries(ids)),
            records={} if "no record" in faults else {KEY_ID: self._record()},
            spend=self._spend,
        )
        self.access = Access(
            now=NOW,
            client_ip="10.0.0.1",
            scopes=("write",) if "scope not held" in faults else (),
            amount=("USD", 6 if "caveat unmet" in faults else 1),
            custom={"look": self._look},
        )

    def _look(self, payload: bytes) -> bool:
        self.calls.append(payload)
        return True

    def _spend(self, debits, now):
        self.spent += 1
        return 0 if "budget spent" in self.faults else None

    def _token(self, world) -> tuple[str, list[bytes]]:
        faults = self.faults
        head = msgspec.msgpack.encode(
            KeyHeader(
                9 if "unknown master id" in faults else 1,
                0,
                KEY_ID[1:] if "bad header" in faults else KEY_ID,
                NOW - 100,
            )
        )
        first = [b"n" * 8, Delegate("mallory"), Amount("USD", 5), Budget("USD", 9, 60)]
        one = msgspec.msgpack.encode([*first, Custom("look", b"")])
        if "block not minimal" in faults:
            one = b"\xdc\0\x05" + one[1:]
        two = [b"m" * 8, [99] if "unknown caveat" in faults else Delegate("bob")]
        blocks = [one, msgspec.msgpack.encode(two)]
        tail, ids = chain.fold(world.keys.root(1).secret, head, blocks)
        tail = bytes(32) if "wrong tail" in faults else tail
        data = msgspec.msgpack.encode([head, blocks, tail])
        data += b"\0" if "trailing byte" in faults else b""
        prefix = "mz_ak" if "prefix of a key" in faults else "mz_mc"
        signed = world.spell(prefix, data)[:-7]
        signed = ("zz" + signed[2:]) if "unknown prefix" in faults else signed
        text = world.sign(signed + ("=" if "padded base64" in faults else ""))
        if "wrong checksum" in faults:
            text = text[:-6] + ("000000" if text[-6:] != "000000" else "000001")
        return text + ("A" * 8192 if "too long" in faults else ""), ids

    def _entries(self, ids: list[bytes]) -> list[tuple[int, bytes, int]]:
        every = {
            "key dead": (Kind.KEY, KEY_ID, 0),
            "block dead": (Kind.BLOCK, ids[1], 0),
            "tenant revoked": (Kind.TENANT, tenant_target("default"), NOW),
            "actor revoked": (Kind.ACTOR, actor_target("default", "owner"), NOW),
            "key sunset": (Kind.SUNSET, KEY_ID, NOW),
            "delegate revoked": (Kind.ACTOR, actor_target("default", "mallory"), NOW),
        }
        return [entry for fault, entry in every.items() if fault in self.faults]

    def _record(self) -> KeyRecord:
        faults = self.faults
        return KeyRecord(
            master_id=1,
            issued_at=NOW - 99 if "record of another second" in faults else NOW - 100,
            expires_at=NOW if "key expired" in faults else NOW + 1,
            status=KeyStatus.SUSPENDED if "suspended" in faults else KeyStatus.ACTIVE,
            actor="owner",
            scopes=("read",),
            networks=(cidr("192.0.2.0/24"),) if "outside the network" in faults else None,
        )


def test_without_a_fault_the_token_verifies(world) -> None:
    scene = Scene(world, set())
    assert scene.verifier.verify(scene.text, scene.access).delegates == ("mallory", "bob")
    assert scene.calls == [b""] and scene.spent == 1


@pytest.mark.parametrize("index", range(len(LADDER)), ids=FAULTS)
def test_the_earliest_of_all_faults_is_the_verdict(world, index) -> None:
    _, error, message = LADDER[index]
    scene = Scene(world, set(FAULTS[index:]))
    with pytest.raises(error, match=message) as caught:
        scene.verifier.verify(scene.text, scene.access)
    assert type(caught.value) is error


@pytest.mark.parametrize("index", range(len(LADDER)), ids=FAULTS)
def test_each_fault_alone_is_refused_for_what_it_is(world, index) -> None:
    fault, error, message = LADDER[index]
    scene = Scene(world, {fault})
    with pytest.raises(error, match=message) as caught:
        scene.verifier.verify(scene.text, scene.access)
    assert type(caught.value) is error


@pytest.mark.parametrize("fault", FAULTS[: FAULTS.index("delegate revoked") + 1])
def test_no_handler_and_no_counter_is_reached_before_the_earlier_checks(world, fault) -> None:
    scene = Scene(world, {fault})
    with pytest.raises(Exception, match="."):
        scene.verifier.verify(scene.text, scene.access)
    assert scene.calls == [] and scene.spent == 0


def test_a_counter_is_not_debited_where_any_caveat_says_no(world) -> None:
    scene = Scene(world, {"caveat unmet"})
    with pytest.raises(CaveatUnmet):
        scene.verifier.verify(scene.text, scene.access)
    assert scene.spent == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_explain_refuses_what_verify_refuses_and_never_spends(world, fault) -> None:
    scene = Scene(world, {fault})
    if fault == "no record":
        with pytest.raises(RecordNeeded):
            scene.verifier.explain(scene.text, scene.access)
    elif fault == "budget spent":
        assert scene.verifier.explain(scene.text, scene.access).allowed
    else:
        explained = scene.verifier.explain(scene.text, scene.access)
        assert explained.refusals[0].error == dict((f, e.__name__) for f, e, _ in LADDER)[fault]
        assert len(explained.refusals) == 1
    assert scene.spent == 0


@pytest.mark.parametrize(("faults", "checks"), [
    ({"wrong tail"}, ["chain"]),
    ({"key dead"}, ["chain", "standing"]),
    ({"key expired"}, ["chain", "standing"]),
    ({"block not minimal"}, ["chain", "standing", "terms", "blocks"]),
    ({"outside the network", "scope not held", "block not minimal"},
     ["chain", "standing", "terms", "terms", "blocks"]),
    ({"outside the network", "caveat unmet", "unknown caveat"},
     ["chain", "standing", "terms", *["caveat"] * 5]),
    (set(), ["chain", "standing", "terms", *["caveat"] * 5]),
])  # fmt: skip
def test_explain_lists_every_check_it_made_in_order(world, faults, checks) -> None:
    scene = Scene(world, faults)
    explained = scene.verifier.explain(scene.text, scene.access)
    assert [step.check for step in explained.steps] == checks
    if "caveat" in checks:
        found = [(step.name, step.block, step.index) for step in explained.steps[-5:]]
        assert found[:4] == [
            ("Delegate", 0, 0), ("Amount", 0, 1), ("Budget", 0, 2), ("Custom", 0, 3),
        ]  # fmt: skip
        assert found[4][0] == ("Unknown" if "unknown caveat" in faults else "Delegate")
