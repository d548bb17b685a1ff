"""Introspection needs marzipan:verify and nothing else, and token exchange marzipan:admin."""

import pytest

from engine.caveats import Http
from tests.server.routes.oauthcalls import INTROSPECT, TOKEN, basic, post, refused

SCOPES = ("marzipan:admin", "marzipan:verify", "marzipan:read")


@pytest.mark.parametrize(
    ("path", "needed"), [(INTROSPECT, "marzipan:verify"), (TOKEN, "marzipan:admin")]
)
def test_each_needs_its_one_scope(api, path, needed):
    for scope in SCOPES:
        answer = post(api, path, {"token": "x"}, headers=basic(api.admin_key(scope)), key=None)
        if scope == needed:
            assert answer.status_code in (200, 400)
        else:
            assert needed in refused(answer, 403, "insufficient_scope")
            assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


def test_a_narrowed_admin_key_works_within_its_caveats(api):
    here = api.narrow(api.admin, Http(["POST"], [INTROSPECT]))
    assert post(api, INTROSPECT, {"token": "x"}, headers=basic(here), key=None).status_code == 200
    refused(post(api, TOKEN, {}, headers=basic(here), key=None), 403, "insufficient_scope")


def test_no_grant_is_an_admin_key(api):
    node = api.node
    minted = node.system.keys.mint_grant(
        b"K" * 16,
        key_issued_at=node.now(),
        now=node.now(),
        expires_at=node.now() + 60,
        actor="",
        scopes=SCOPES,
    )
    answer = post(api, INTROSPECT, {"token": "x"}, headers=basic(minted.text), key=None)
    refused(answer, 403, "insufficient_scope")
