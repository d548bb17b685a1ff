"""Token exchange needs marzipan:admin, as derive does."""

from tests.server.routes.oauthcalls import TOKEN, basic, post, refused


def test_a_key_without_the_scope_and_a_grant_are_refused(api, powerless):
    for who in ("marzipan:admin", "grant"):
        answer = post(api, TOKEN, {}, headers=basic(powerless[who]), key=None)
        refused(answer, 403, "insufficient_scope")
