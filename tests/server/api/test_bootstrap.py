"""Starting: once from nothing, ever after without change, and never on the wrong secrets."""

import json

import pytest

from server import bootstrap, settings
from server.bootstrap import StartError
from server.secretfile import SecretFileError
from storage.errors import StoreError


def test_a_second_start_makes_nothing_and_shows_no_key(api):
    assert api.initialised.admin_key and len(api.initialised.created) > 2
    content = api.settings.secret_file.read_bytes()
    again = api.reopen()
    assert (again.admin_key, again.created) == (None, ())
    assert api.settings.secret_file.read_bytes() == content and api.keys() == 1


def refused(api, what, match):
    """Starting fails so, and starting with the right file afterwards finds all as it was."""
    with pytest.raises(what, match=match):
        api.run(bootstrap.start(api.settings, api.clock))


def test_two_starts_on_one_file_are_refused_naming_the_process(api):
    refused(api, StoreError, "in use by process")
    assert api.issue()


def test_two_databases_never_come_to_one_secret_by_their_names(runner, clock, tmp_path, open_api):
    first = open_api()
    _, secret = first.issue()
    for name in ("marzipan.sqlite", "marzipan.db3"):
        new = settings.load({"database": f"sqlite:///{tmp_path}/marzipan/{name}"}, {})
        assert new.secret_file == first.settings.secret_file
        with pytest.raises(StartError, match="may be another database's.*--secret-file"):
            runner.run(bootstrap.start(new, clock))
    named = {"database": new.database, "secret_file": str(new.secret_file)}
    node, made = runner.run(bootstrap.start(settings.load(named, {}), clock))
    assert made.admin_key
    runner.run(node.store.close())
    # From then on the check value in the database says that they belong together.
    node, made = runner.run(bootstrap.start(new, clock))
    assert made.created == () and first.code(secret) == "ok"
    runner.run(node.store.close())


@pytest.mark.parametrize("case", ["missing", "short", "other", "open", "lacking"])
def test_wrong_secrets_refuse_the_start_and_change_nothing(api, case, open_api):
    _, secret = api.issue()
    path = api.settings.secret_file
    good = path.read_bytes()
    api.close()
    contents = json.loads(good)
    master = contents["masters"][0]
    match case:
        case "missing":
            path.unlink()
        case "open":
            path.chmod(0o644)
        case _:
            master |= {
                "short": {"secret": "00" * 31},
                "other": {"secret": "00" * 32},
                "lacking": {"id": 2},
            }[case]
            path.write_text(json.dumps(contents))
    words = {
        "missing": (StartError, "is missing.*Bring it back"),
        "short": (SecretFileError, "not 64 hex digits"),
        "other": (StartError, "does not belong to this database"),
        "open": (SecretFileError, "chmod 600"),
        "lacking": (StartError, "lacks master 1"),
    }
    refused(api, *words[case])
    assert path.exists() is (case != "missing"), "a lost secret file is never replaced"
    path.write_bytes(good)
    path.chmod(0o600)
    assert api.open().created == ()
    assert api.code(secret) == "ok"


def test_a_retired_master_still_verifies_its_keys_and_mints_no_more(api):
    _, old = api.issue()
    grant = api.derive(old)
    path = api.settings.secret_file
    contents = json.loads(path.read_text())
    contents["masters"][0] |= {"retired_at": int(api.clock.now), "end": int(api.clock.now) + 600}
    contents["masters"].append({"id": 2, "secret": "ab" * 32})
    path.write_text(json.dumps(contents))
    api.reopen()
    key_id, new = api.issue()
    assert [api.code(token) for token in (old, grant, new)] == ["ok"] * 3
    api.clock.forward(600)
    assert [api.code(token) for token in (old, grant, new)] == ["ok", "SIGNATURE_INVALID", "ok"]
