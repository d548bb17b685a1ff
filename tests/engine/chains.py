"""What the properties draw from: caveats, accesses, credentials, and chains of blocks."""

from hypothesis import strategies as st

from engine import Access, attenuate, cidr
from engine import caveats as c

NOW = 1_800_000_000
DIGESTS = [b"h" * 32, b"o" * 32]


def listed(*choices: str, most: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(choices), min_size=1, max_size=most)


times = st.integers(NOW - 100, NOW + 100)
names = ("read:a", "read:*", "write:b", "*", "marzipan:read", "read")
packed = list(map(cidr, ("10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "2001:db8::/32", "::/0")))
BY_TYPE = {
    c.Window: st.builds(c.Window, st.just(0) | times, times | st.just(NOW + 500)),
    c.Audience: st.builds(c.Audience, listed("a", "b")),
    c.Scopes: st.builds(c.Scopes, listed(*names)),
    c.Network: st.builds(c.Network, st.lists(st.sampled_from(packed), min_size=1, max_size=3)),
    c.Tools: st.builds(c.Tools, listed("files.*", "files.read", "search")),
    c.Amount: st.builds(c.Amount, st.sampled_from(["USD", "EUR"]), st.integers(0, 20)),
    c.Http: st.builds(c.Http, listed("GET", "PUT"), listed("/*", "/a/*", "/a/b", "/c")),
    c.Resource: st.builds(c.Resource, listed("*", "x/*", "x/y", "z")),
    c.Delegate: st.builds(c.Delegate, st.sampled_from(["agent", "bot"])),
    c.MaxDepth: st.builds(c.MaxDepth, st.integers(0, 4)),
    c.Budget: st.builds(
        c.Budget, st.sampled_from(["calls", "USD"]), st.integers(0, 20), st.just(60)
    ),
    c.BodyHash: st.builds(c.BodyHash, st.sampled_from(DIGESTS)),
    c.Binding: st.builds(c.Binding, st.sampled_from(DIGESTS)),
    c.Custom: st.builds(c.Custom, st.sampled_from(["yes", "no", "odd"]), st.binary(max_size=3)),
}
any_caveat = st.one_of(*BY_TYPE.values())
HANDLERS = {"yes": lambda payload: True, "no": lambda payload: 1, "odd": lambda p: len(p) % 2 == 1}
accesses = st.builds(
    Access,
    now=times,
    client_ip=st.sampled_from(["10.1.2.3", "::ffff:10.9.9.9", "2001:db8::1", "192.0.2.1", None]),
    method=st.sampled_from(["GET", "PUT", None]),
    path=st.sampled_from(["/a/b", "/a/b?q", "/c", "/a/../c", None]),
    scopes=st.lists(st.sampled_from(["read:a", "write:b", "read"]), max_size=2).map(tuple),
    tool=st.sampled_from(["files.read", "search", None]),
    resource=st.sampled_from(["x/y", "z", None]),
    amount=st.sampled_from([("USD", 3), ("USD", 20), ("EUR", 1), ("USD", -1), None]),
    audience=st.sampled_from(["a", "b", None]),
    body_hash=st.sampled_from([*DIGESTS, None]),
    binding=st.sampled_from([*DIGESTS, None]),
    custom=st.just(HANDLERS),
)


def all_allowing() -> Access:
    """An access with every fact, so that a single caveat is often met."""
    return Access(
        now=NOW, client_ip="10.1.2.3", method="GET", path="/a/b", scopes=("read:a",),
        tool="files.read", resource="x/y", amount=("USD", 3), audience="a",
        body_hash=DIGESTS[0], binding=DIGESTS[0], custom=HANDLERS,
    )  # fmt: skip


def fits(debits, now):
    """A pure stand-in for counters: refuses the first that is more than half of its budget."""
    return next((i for i, one in enumerate(debits) if 2 * one.cost > one.limit), None)


bases = st.fixed_dictionaries({
    "scopes": st.sampled_from([("*",), ("read:*", "write:b"), ("read:a",), ()]),
    "expires_at": times.filter(lambda at: at > NOW),
    "networks": st.sampled_from([None, (packed[0],)]),
    "kind": st.sampled_from(["key", "grant"]),
})  # fmt: skip


def mint(world, base):
    if base["kind"] == "key":
        fields = {name: base[name] for name in ("scopes", "expires_at", "networks")}
        return world.key(**fields)
    terms = {"scopes": base["scopes"], "expires_at": base["expires_at"], "cidrs": base["networks"]}
    return world.grant(**terms)


junk = st.recursive(
    st.none() | st.booleans() | st.integers(0, 99) | st.text(max_size=3) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


def budgets_in(chain) -> int:
    """How many Budgets the blocks hold; attenuate appends no fifth."""
    return sum(isinstance(caveat, c.Budget) for block in chain for caveat in block)


block_lists = st.lists(st.lists(any_caveat, min_size=1, max_size=3), max_size=3).filter(
    lambda chain: budgets_in(chain) <= 4
)


def append(text, chain):
    """The token with these blocks appended."""
    for block in chain:
        text = attenuate(text, *block).text
    return text
