"""A rotated master secret in a server: what lives on, and what ends."""

from server import masters


def rotate(api, longest):
    masters.rotate(api.settings.secret_file, now=api.node.now(), longest=longest)


def test_after_a_rotation_and_a_restart_old_keys_live_on_and_old_grants_until_their_end(api, clock):
    _, old = api.issue()
    grant = api.derive(old, ttl="1h")
    rotate(api, 600)
    late = api.derive(old, ttl="1h")
    assert api.reopen().created == ()
    clock.forward(1)
    _, new = api.issue()
    fresh = api.derive(new, ttl="1h")
    assert [api.code(each) for each in (old, grant, late, new, fresh)] == ["ok"] * 5
    assert api.code(api.derive(old)) == "ok"
    assert api.call("GET", "/v1/revocations").status_code == 200
    clock.forward(600)
    codes = [api.code(each) for each in (old, grant, late, new, fresh)]
    assert codes == ["ok", "SIGNATURE_INVALID", "SIGNATURE_INVALID", "ok", "ok"]
    assert api.reopen().created == ()
    assert api.code(new) == "ok"


def test_what_a_server_derives_after_the_rotation_is_refused_once_it_is_restarted(api, clock):
    _, key = api.issue()
    rotate(api, 600)
    clock.forward(1)
    late = api.derive(key)
    api.reopen()
    assert (api.code(late), api.code(key)) == ("SIGNATURE_INVALID", "ok")


def test_a_leaked_masters_grants_end_at_once(api):
    _, key = api.issue()
    grant = api.derive(key)
    rotate(api, 0)
    api.reopen()
    assert (api.code(grant), api.code(key)) == ("SIGNATURE_INVALID", "ok")
