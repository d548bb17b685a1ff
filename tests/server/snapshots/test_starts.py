"""Guarantees of a start with a snapshot: it knows no less than one that read the whole log."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from server import masters
from tests.server.api.conftest import Api


def _revoked(api: Api, count: int = 3) -> list[str]:
    """Secrets of keys that are revoked."""
    secrets = []
    for _ in range(count):
        key_id, secret = api.issue()
        reason = {"reason": "REVOCATION_REASON_SUPERSEDED"}
        path = f"/v2alpha1/admin/issuedApiKeys/{key_id}:revoke"
        assert api.call("POST", path, reason).status_code == 204
        secrets.append(secret)
    return secrets


def _narrowed(api: Api) -> str:
    """A narrowed token that is revoked, of which only the log knows."""
    _, secret = api.issue()
    token = api.narrow(secret)
    assert api.call("POST", "/v1/tokens:revoke", {"credential": token}, key=None).status_code == 200
    return token


def _denies(api: Api, *secrets: str) -> bool:
    return all(api.code(secret) == "REVOKED" for secret in secrets)


def _adopted(api: Api) -> bool:
    return api.node.tenant.denylist.adopted is not None


def test_a_start_with_a_snapshot_denies_what_is_in_it_and_reads_none_of_the_log(api, make, read):
    dead = [*_revoked(api), _narrowed(api)]
    make()
    api.reopen()
    assert _adopted(api) and read == [] and _denies(api, *dead) and api.node.ready


def test_a_start_with_a_snapshot_reads_what_was_revoked_after_it(api, make, read):
    before = _narrowed(api)
    make()
    after = _narrowed(api)
    api.reopen()
    assert _adopted(api) and len(read) == 1 and _denies(api, before, after)


def test_a_node_that_made_a_snapshot_goes_on_denying_and_holds_nothing_itself(api, make):
    dead = [*_revoked(api), _narrowed(api)]
    make()
    assert api.node.tenant.denylist.exact == 0 and _denies(api, *dead)
    assert _denies(api, _narrowed(api))


def test_what_a_snapshot_has_forgotten_as_expired_is_no_more_than_the_log_forgets(api, make, clock):
    token = _narrowed(api)
    make()
    clock.forward(3600)
    api.reopen()
    assert _denies(api, token)


def test_the_admin_tenant_begins_with_a_snapshot_too(api, make):
    admin = api.admin_key("marzipan:read")
    api.call("POST", "/v1/tokens:revoke", {"credential": admin}, key=None)
    make()
    api.reopen()
    assert api.node.system.denylist.adopted is not None
    assert api.call("GET", "/v1/revocations", key=admin).status_code == 401


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [_cut, _flip, Path.unlink, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("what", ["*.set", "*.denylist"])
def test_with_a_file_that_is_harmed_the_whole_log_is_read(api, make, read, folder, what, harm):
    dead = [*_revoked(api), _narrowed(api)]
    make()
    for path in folder.glob(what):
        harm(path)
    api.reopen()
    assert not _adopted(api) and len(read) >= len(dead) and _denies(api, *dead)
    make()
    api.reopen()
    assert _adopted(api) and _denies(api, *dead)


def test_over_a_database_that_was_restored_from_before_a_snapshot_nothing_is_taken_of_it(
    api: Api, make: Any, read: list[int], tmp_path: Path
) -> None:
    database, backup = tmp_path / "marzipan.db", tmp_path / "backup.db"
    token = _narrowed(api)
    api.close()
    shutil.copy(database, backup)
    api.open()
    _narrowed(api)
    make()
    api.close()
    shutil.copy(backup, database)
    for log in tmp_path.glob("marzipan.db-*"):
        log.unlink()
    api.open()
    assert not _adopted(api) and _denies(api, token)


def test_over_a_database_that_was_restored_from_after_a_snapshot_it_is_taken(
    api: Api, make: Any, read: list[int], tmp_path: Path
) -> None:
    database, backup = tmp_path / "marzipan.db", tmp_path / "backup.db"
    token = _narrowed(api)
    make()
    api.close()
    shutil.copy(database, backup)
    api.open()
    _narrowed(api)
    api.close()
    shutil.copy(backup, database)
    for log in tmp_path.glob("marzipan.db-*"):
        log.unlink()
    read.clear()
    api.open()
    assert _adopted(api) and read == [] and _denies(api, token)


def test_another_database_with_the_same_secret_takes_nothing_of_a_snapshot(
    api: Api, make: Any, tmp_path: Path
) -> None:
    _narrowed(api)
    make()
    api.reopen(
        database=f"sqlite:///{tmp_path}/other.db",
        secret_file=str(tmp_path / "marzipan.secret"),
        snapshots=str(tmp_path / "marzipan.snapshots"),
    )
    assert not _adopted(api)


def test_a_snapshot_of_before_a_rotation_of_the_master_secret_is_taken_after_it(
    api: Api, make: Any
) -> None:
    dead = _revoked(api)
    make()
    masters.rotate(api.settings.secret_file, now=api.node.now(), longest=600)
    api.reopen()
    assert _adopted(api) and _denies(api, *dead)


def test_a_snapshot_without_a_tenant_that_is_served_now_is_not_taken(
    api: Api, make: Any, tmp_path: Path, read: list[int]
) -> None:
    dead = _revoked(api)
    make()
    config = tmp_path / "config.toml"
    config.write_text('[tenants.default]\nhosts = ["a.test"]\n[tenants.new]\npath = "/new"\n')
    api.reopen(config=str(config))
    assert not _adopted(api) and len(read) >= len(dead)


def test_no_secret_is_in_any_file(api: Api, make: Any, folder: Path) -> None:
    dead = _revoked(api)
    make()
    secret = next(iter(api.settings.secret_file.read_text().split('"secret": "')[1].split('"')))
    for path in folder.iterdir():
        held = path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
        assert secret.encode() not in held and bytes.fromhex(secret) not in held
        assert not any(each.encode() in held for each in dead)
