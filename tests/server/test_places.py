"""Guarantees of server/places.py and server/hosts.py."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.hosts import host_name
from server.places import Place, Places
from server.problems import Problem
from server.routes import Routes

REST, ACME, GLOBEX = (Place(Routes([]), name, path) for name, path in (
    ("", ""), ("acme", "/t/acme"), ("globex", "/globex"),
))  # fmt: skip
HOSTS = {"acme.example": ACME, "globex.example": GLOBEX}
PLACES = Places(REST, HOSTS, (ACME, GLOBEX), "/.well-known/x")

segments = st.sampled_from(["t", "acme", "globex", "", ".", "..", "%61cme", "acmex", "v1", "T"])
paths = st.lists(segments, max_size=6).map(lambda parts: "/" + "/".join(parts))
labels = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=9)
hosts = st.lists(labels, min_size=1, max_size=4).map(".".join)


@given(paths)
def test_a_place_by_path_and_the_rest_of_the_path_are_the_path_that_was_sent(path):
    place, rest = PLACES.pick({b"host": b"elsewhere"}, None, path)
    named = [
        each for each in (ACME, GLOBEX) if path == each.path or path.startswith(f"{each.path}/")
    ]
    assert [place] == (named or [REST])
    assert place.path + rest == path if named else rest == path


@given(hosts, st.booleans(), st.one_of(st.none(), st.integers(0, 99_999)))
def test_a_host_has_one_name_whatever_its_case_dot_and_port(host, dot, port):
    spelled = host + "." * dot + ("" if port is None else f":{port}")
    assert host_name(spelled) == host_name(host.upper()) == host.lower()


@given(st.binary(max_size=40))
def test_no_host_header_picks_a_tenant_that_does_not_have_it(host):
    try:
        place, _ = PLACES.pick({b"host": host}, None, "/v1/verify")
    except Problem as problem:
        assert problem.http == 400
    else:
        assert place is REST or host_name(host.decode()) in HOSTS


@given(st.sampled_from(list(HOSTS)), paths)
def test_a_host_that_is_a_tenants_wins_over_every_path(host, path):
    assert PLACES.pick({b"host": host.encode()}, None, path) == (HOSTS[host], path)


def test_a_server_of_one_tenant_looks_at_no_host():
    alone = Places(REST)
    for host in (b"a, b", b"\xff", b""):
        assert alone.pick({b"host": host}, None, "/t/acme") == (REST, "/t/acme")


@pytest.mark.parametrize("path", ["", "*", "t/acme", "http://acme.example/t/acme"])
def test_what_does_not_begin_with_a_slash_is_nobodys(path):
    assert PLACES.pick({b"host": b"elsewhere"}, None, path) == (REST, path)
