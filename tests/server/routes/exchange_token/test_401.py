"""Token exchange: whoever has no good admin key gets nothing, in whatever way he sends another."""

from tests.server.routes.oauthcalls import TOKEN, basic, post, refused


def test_without_a_good_admin_key_nobody_is_let_in(api, strangers):
    for key in strangers.values():
        bearer = {} if key is None else {"authorization": f"Bearer {key}"}
        for headers in (bearer, basic(key or "")):
            answer = post(api, TOKEN, {"subject_token": "x"}, headers=headers, key=None)
            refused(answer, 401, "invalid_client")
