"""A JWT stands and falls as a native grant of the same terms does, for the same reasons."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    Access,
    Denylist,
    Kind,
    NoDenylist,
    TokenError,
    TokenRevoked,
    Verifier,
    Visibility,
    _grant_py,
    actor_target,
    cidr,
    tenant_target,
)
from engine.formats.jwt import JwtVerifier, VerifyingKey
from engine.formats.sealed import Sealed, seal
from engine.header import GrantHeader

KEY, OTHER = b"K" * 16, b"O" * 16
NOW = 1_800_000_000


def denying(*entries):
    denylist = Denylist()
    for kind, target, value in entries:
        denylist.add(kind, target, value, NOW + 10**9)
    return denylist


@pytest.mark.parametrize(
    ("kind", "target", "value", "dead"),
    [
        (Kind.KEY, KEY, 0, "key"),
        (Kind.KEY, OTHER, 0, None),
        (Kind.GRANT, "jti", 0, "grant"),
        (Kind.GRANT, OTHER, 0, None),
        (Kind.CHILDREN, KEY, 3, "grant"),
        (Kind.CHILDREN, KEY, 2, None),
        (Kind.CHILDREN, OTHER, 3, None),
        (Kind.ACTOR, actor_target("default", "owner"), NOW - 1000, "actor"),
        (Kind.ACTOR, actor_target("default", "owner"), NOW - 1001, None),
        (Kind.ACTOR, actor_target("default", "else"), NOW, None),
        (Kind.ACTOR, actor_target("other", "owner"), NOW, None),
        (Kind.TENANT, tenant_target("default"), NOW - 1000, "tenant"),
        (Kind.TENANT, tenant_target("default"), NOW - 1001, None),
        (Kind.TENANT, tenant_target("other"), NOW, None),
        (Kind.SUNSET, KEY, NOW, "key"),
        (Kind.SUNSET, KEY, NOW + 1, None),
        (Kind.SUNSET, OTHER, NOW, None),
    ],
)
def test_every_kind_of_revocation_ends_exactly_what_it_names(issuer, kind, target, value, dead):
    minted = issuer.minted(generation=2)
    denylist = denying((kind, minted.grant_id if target == "jti" else target, value))
    if dead is None:
        assert issuer.verify(minted.text, denylist=denylist)
        return
    error = issuer.refusal(minted.text, denylist=denylist)
    assert isinstance(error, TokenRevoked) and error.link == dead


def test_it_can_be_revoked_alone(issuer):
    one, two = issuer.minted(), issuer.minted()
    denylist = denying((Kind.GRANT, one.grant_id, 0))
    assert isinstance(issuer.refusal(one.text, denylist=denylist), TokenRevoked)
    assert issuer.verify(two.text, denylist=denylist)


def test_revoked_is_said_before_expired_and_before_any_restriction(issuer):
    minted = issuer.minted(cidrs=[cidr("192.0.2.0/24")], expires_at=NOW + 1)
    verifier = issuer.verifier(denylist=denying((Kind.GRANT, minted.grant_id, 0)))
    with pytest.raises(TokenRevoked):
        verifier.verify(minted.text, Access(now=NOW + 5))


def outcome(verify, token, access):
    """Everything that a caller can tell two verdicts apart by."""
    try:
        grant = verify(token, access)
    except TokenError as error:
        return type(error), str(error), vars(error)
    fields = _grant_py.Grant.__struct_fields__
    same = [name for name in fields if name not in ("sealed", "visibility")]
    return [getattr(grant, name) for name in same]


names = st.sampled_from(["", "owner", "else"])
scopes = st.lists(st.sampled_from(["a", "a:b", "a:*", "*", "c"]), max_size=3).map(tuple)
networks = st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"]).map(cidr)
audiences = st.sampled_from(["x", "y"])
seconds = st.integers(NOW - 100, NOW + 100)


def some(of):
    return st.none() | st.lists(of, min_size=1, max_size=2, unique=True).map(tuple)


headers = st.builds(
    GrantHeader,
    master_id=st.just(1),
    tenant_epoch=st.just(0),
    key_id=st.sampled_from([KEY, OTHER]),
    key_issued_at=seconds,
    generation=st.integers(0, 3),
    grant_id=st.sampled_from([b"G" * 16, b"H" * 16]),
    issued_at=seconds,
    expires_at=seconds,
    actor=names,
    scopes=scopes,
    cidrs=some(networks),
    audiences=some(audiences),
    claims=st.sampled_from(
        [seal(Sealed()), seal(Sealed({"a": 1}, {"b": None}, Visibility.PUBLIC))]
    ),
)
accesses = st.builds(
    Access,
    now=seconds,
    client_ip=st.sampled_from([None, "10.1.2.3", "10.2.2.2", "2001:db8::1", "192.0.2.1", "?"]),
    scopes=scopes,
    audience=st.none() | audiences,
)
entries = st.tuples(
    st.sampled_from([kind for kind in Kind if kind is not Kind.BLOCK]),
    st.sampled_from(
        [KEY, OTHER, b"G" * 16, tenant_target("default"), actor_target("default", "owner")]
    ),
    seconds | st.integers(0, 4),
)


@settings(max_examples=120, deadline=None)
@given(head=headers, access=accesses, revoked=st.lists(entries, max_size=2))
def test_a_jwt_and_a_native_grant_of_the_same_header_get_the_same_verdict(
    issuer, world, head, access, revoked
):
    denylist = denying(*revoked)
    native = Verifier(world.keys, denylist=denylist, leeway=60)
    jwt = issuer.verifier(denylist=denylist, leeway=60)
    grant = world.forge(msgspec.msgpack.encode(head))
    assert outcome(jwt.verify, issuer.signer.sign(head), access) == outcome(
        native.verify, grant, access
    )


def test_an_edge_needs_public_keys_alone(issuer):
    edge = JwtVerifier(
        [VerifyingKey(issuer.key.public)],
        tenant="default",
        issuers=[issuer.issuer],
        denylist=NoDenylist(),
    )
    assert edge.verify(issuer.mint(), Access(now=NOW))
