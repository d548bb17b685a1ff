"""Guarantees of server/secretfile.py and server/signingkeys.py."""

import json
import os
import stat
import traceback
from pathlib import Path
from typing import Any

import pytest

from server.secretfile import SecretFileError, create, load
from server.signingkeys import SigningKey

SECRET = "ab" * 32
MASTER: dict[str, Any] = {"id": 1, "secret": SECRET, "retired_at": None, "end": None}
RETIRED: dict[str, Any] = {"id": 2, "secret": "cd" * 32, "retired_at": 5, "end": 9}


def write(path: Path, contents: object, mode: int = 0o600) -> Path:
    path.write_text(contents if isinstance(contents, str) else json.dumps(contents))
    path.chmod(mode)
    return path


def house(*masters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": 1, "masters": list(masters), "signing_keys": [], **more}


def test_a_new_file_is_ours_alone_whatever_the_umask_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "data" / "marzipan.secret"
    before = os.umask(0)
    try:
        made = create(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["marzipan.secret"]
    again = load(path)
    assert again.current.check_value() == made.current.check_value()
    assert (again.current.id, again.retired) == (1, ())
    assert [key.kid for key in again.signing_keys] == [key.kid for key in made.signing_keys]


def test_two_new_files_never_share_a_secret(tmp_path: Path) -> None:
    values = {create(tmp_path / str(number)).current.check_value() for number in range(5)}
    assert len(values) == 5


def test_create_never_replaces_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "s", "precious")
    with pytest.raises(SecretFileError, match="already there and is never replaced"):
        create(path)
    assert path.read_text() == "precious"
    assert os.listdir(tmp_path) == ["s"]


def test_a_retired_master_is_kept_apart_from_the_current_one(tmp_path: Path) -> None:
    file = load(write(tmp_path / "s", house(RETIRED, MASTER)))
    assert (file.current.id, [master.id for master in file.retired]) == (1, [2])


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o610])
def test_a_file_that_others_could_reach_is_refused_with_the_remedy(
    tmp_path: Path, mode: int
) -> None:
    with pytest.raises(SecretFileError, match="chmod 600"):
        load(write(tmp_path / "s", house(MASTER), mode))


def test_a_missing_file_is_refused_with_both_ways_out(tmp_path: Path) -> None:
    with pytest.raises(SecretFileError, match=r"is missing.*Bring it back.*marzipan init"):
        load(tmp_path / "s")


def test_a_link_a_directory_and_a_pipe_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "s", house(MASTER))
    (tmp_path / "link").symlink_to(tmp_path / "s")
    (tmp_path / "dir").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name, why in (("link", "symbolic link"), ("dir", "regular"), ("pipe", "regular")):
        with pytest.raises(SecretFileError, match=why):
            load(tmp_path / name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_file_that_a_stranger_owns_is_refused_also_by_root(tmp_path: Path) -> None:
    write(tmp_path / "s", house(MASTER))
    os.chown(tmp_path / "s", 65_534, 65_534)
    with pytest.raises(SecretFileError, match="belongs to user 65534"):
        load(tmp_path / "s")
    os.chown(tmp_path, 65_534, 65_534)
    assert load(tmp_path / "s").current.id == 1


def test_an_unreadable_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path / "s", house(MASTER))
    with pytest.raises(SecretFileError, match=r"can't be read \(Not a directory\)"):
        load(tmp_path / "s" / "s")


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        ("", "not JSON"),
        ('{"version": 1, "masters": [', "not JSON"),
        ("[" * 100_000, "not JSON"),
        (f"# {SECRET}", "not JSON"),
        (house(MASTER, version=2), "not JSON of the expected form"),
        (house({**MASTER, "sekret": SECRET}), "not JSON of the expected form"),
        (house(), "has 0 masters without retired_at"),
        (house(RETIRED), "has 0 masters without retired_at"),
        (house(MASTER, {**MASTER, "id": 2, "secret": "cd" * 32}), "has 2 masters"),
        (house(MASTER, {**RETIRED, "id": 1}), "same master id twice"),
        (house(MASTER, {**RETIRED, "secret": SECRET.upper()}), "same secret under two"),
        (house({**MASTER, "secret": "ab" * 31}), "id 1 that is not 64 hex digits"),
        (house({**MASTER, "secret": "ab " * 21 + "a"}), "not 64 hex digits"),
        (house({**MASTER, "secret": "ab" * 31 + "  "}), "not 64 hex digits"),
        (house({**MASTER, "secret": "xy" * 32}), "not 64 hex digits"),
        (house({**MASTER, "id": 0}), "outside 1 to 255"),
        (house({**MASTER, "id": 256}), "outside 1 to 255"),
        (house({**MASTER, "end": 5}), "an end but no retired_at"),
        (house(MASTER, {**RETIRED, "end": 4}), "out of order"),
        (house(MASTER, {**RETIRED, "retired_at": -1}), "negative"),
        (house(MASTER, signing_keys=[{"kty": "EC"}]), "not a private Ed25519 or RSA JWK"),
        (house(MASTER, signing_keys=[{"kty": "RSA"}]), "lacks a part of an RSA key"),
        (" " * (1024 * 1024 + 1), "larger than"),
    ],
)
def test_a_damaged_file_is_refused_naming_the_fault_and_none_of_its_contents(
    tmp_path: Path, contents: object, why: str
) -> None:
    path = write(tmp_path / "s", contents)
    with pytest.raises(SecretFileError, match=why) as caught:
        load(path)
    shown = "".join(traceback.format_exception(caught.value))
    assert "abab" not in shown.replace(str(path), "").lower()
    assert "--secret-file" in str(caught.value)


def test_a_signing_key_whose_parts_disagree_is_refused(tmp_path: Path) -> None:
    one, other = SigningKey.generate().private_jwk(), SigningKey.generate().private_jwk()
    for jwk, why in (
        ({**one, "d": other["d"]}, "public part"),
        ({**one, "kid": "mine"}, "thumbprint"),
        ({**one, "d": "AAAA"}, "32 bytes"),
        ({**one, "d": "é"}, "32 bytes"),
    ):
        with pytest.raises(SecretFileError, match=why) as caught:
            load(write(tmp_path / "s", house(MASTER, signing_keys=[jwk])))
        assert one["d"] not in str(caught.value)
    with pytest.raises(SecretFileError, match="same signing key twice"):
        load(write(tmp_path / "s", house(MASTER, signing_keys=[one, one])))


def test_the_kid_is_the_rfc_8037_example_thumbprint() -> None:
    jwk = {
        "kty": "OKP",
        "crv": "Ed25519",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    }
    assert SigningKey.from_jwk(jwk).kid == jwk["kid"]


def test_no_repr_and_no_public_jwk_carries_a_secret(tmp_path: Path) -> None:
    file = create(tmp_path / "s")
    secret = json.loads((tmp_path / "s").read_text())
    shown = repr(file) + repr(file.current) + repr(file.signing_keys)
    shown += str(file.signing_keys[0].public_jwk())
    assert secret["masters"][0]["secret"] not in shown
    assert secret["signing_keys"][0]["d"] not in shown
