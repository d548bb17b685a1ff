"""Guarantees of the `talos` settings, and of server/talossecrets.py."""

import os
from pathlib import Path

import pytest

from server import logs, talossecrets
from server.settings import SettingsError, load
from server.talossecrets import TalosSecretError

HOME = {"XDG_DATA_HOME": "/home/me/data"}
ONE, TWO = "first secret 0123456789abcdef01234567", "second secret 0123456789abcdef0123456"


def write(path: Path, content: str | bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def test_it_is_off_unless_configured() -> None:
    assert load({}, HOME).talos is None


def test_the_table_is_read_with_the_defaults_of_the_old_system(tmp_path: Path) -> None:
    config = write(tmp_path / "c.toml", '[talos]\nhmac_secret_file = "/run/talos.secret"\n')
    talos = load({"config": str(config)}, HOME).talos
    assert talos is not None
    assert talos.hmac_secret_file == Path("/run/talos.secret")
    assert (talos.prefixes.issued, talos.prefixes.macaroon) == (("ory_ak",), ("mc",))
    assert (talos.issuers, talos.nid) == ((), "00000000-0000-0000-0000-000000000000")
    assert (talos.max_ttl, talos.clock_skew) == (365 * 86_400, 300)


def test_everything_can_be_said_in_the_file_or_the_environment(tmp_path: Path) -> None:
    config = write(
        tmp_path / "c.toml",
        '[talos]\nprefixes = ["a", "b"]\nmacaroon_prefixes = []\nissuers = ["https://a"]\n',
    )
    nid = "01234567-89ab-cdef-0123-456789abcdef"
    env = HOME | {
        "MARZIPAN_TALOS_HMAC_SECRET_FILE": "/run/s",
        "MARZIPAN_TALOS_ISSUERS": "https://b, https://c",
        "MARZIPAN_TALOS_NID": nid,
        "MARZIPAN_TALOS_MAX_TTL": "30d",
        "MARZIPAN_TALOS_CLOCK_SKEW": "0s",
    }
    talos = load({"config": str(config)}, env).talos
    assert talos is not None
    assert (talos.prefixes.issued, talos.prefixes.macaroon) == (("a", "b"), ())
    assert (talos.issuers, talos.nid) == (("https://b", "https://c"), nid)
    assert (talos.max_ttl, talos.clock_skew) == (30 * 86_400, 0)


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        ({"talos.issuers": "https://a"}, "without effect as long as talos.hmac_secret_file"),
        ({"talos.prefixes": ["mz_ak"]}, "prefix 'mz_ak' could be taken for a native prefix"),
        ({"talos.prefixes": ["mc"]}, "prefix 'mc' could be taken for another prefix of the old"),
        ({"talos.prefixes": ["a-b"]}, "must be 1 to 16 letters, digits or underscores"),
        ({"talos.macaroon_prefixes": ["mz_mc"]}, "prefix 'mz_mc' could be taken for a native"),
        ({"talos.nid": "default"}, "must be a UUID in lower case"),
        ({"talos.clock_skew": "11m"}, "at most 10m"),
        ({"talos.prefixes": 1}, "must be a list of texts"),
        ({"talos.prefixes": ["a", ""]}, "must be a text that is not empty"),
        ({"talos.hmac_secret": "x"}, "Did you mean talos.hmac_secret_file?"),
        ({"prefixes.key": "ory_ak_v1"}, "prefix 'ory_ak' could be taken for a native prefix"),
    ],
)
def test_what_is_wrong_is_refused_at_the_start_and_named(flags, why) -> None:
    on = {} if "talos.issuers" in flags else {"talos.hmac_secret_file": "/run/s"}
    with pytest.raises(SettingsError) as refused:
        load(on | flags, HOME)
    assert why in str(refused.value)


def test_every_line_of_the_file_is_a_secret_with_an_end_or_without(tmp_path: Path) -> None:
    text = f'{ONE}\r\n\n{{"value": " {TWO} ", "expires_at": "2027-01-15T08:00:00Z"}}\n'
    first, second = talossecrets.load(write(tmp_path / "s", text))
    key = b"signed"
    assert (first.end, second.end) == (None, 1_800_000_000)
    (again,) = talossecrets.load(write(tmp_path / "t", ONE))
    assert again.checksum(key) == first.checksum(key) != second.checksum(key)
    (blank,) = talossecrets.load(write(tmp_path / "u", f'{{"value": " {TWO} "}}'))
    assert blank.checksum(key) == second.checksum(key) and blank.end is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "holds no secret"),
        ("\n\n", "holds no secret"),
        ("short", "fewer than 32 characters"),
        (f"{ONE}\n{ONE}", "the same secret twice"),
        (f'{ONE}\n{{"value": "{ONE}", "expires_at": null}}', "the same secret twice"),
        (f" {ONE}", "begins or ends with a blank"),
        (f"{ONE} ", "begins or ends with a blank"),
        (b"\xff" * 40, "is not text in UTF-8"),
        (f'{{"value": "{ONE}", "expires": "x"}}', "line 1 that is not"),
        (f'{{"value": "{ONE}", "expires_at": "soon"}}', "line 1 that is not"),
        (f'{ONE}\n{{"expires_at": "2027-01-15T08:00:00Z"}}', "line 2 that is not"),
    ],
)
def test_a_file_that_is_not_sound_is_refused_without_a_word_of_its_contents(
    tmp_path: Path, content, why
) -> None:
    with pytest.raises(TalosSecretError) as refused:
        talossecrets.load(write(tmp_path / "s", content))
    assert why in str(refused.value)
    assert "secret 0123" not in str(refused.value) and "short" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o610])
def test_a_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "s", ONE, mode)
    with pytest.raises(TalosSecretError, match=f"chmod 600 {path}"):
        talossecrets.load(path)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(write(tmp_path / "s", ONE))
    os.mkfifo(tmp_path / "fifo", 0o600)
    cases = {"link": "symbolic link", "fifo": "not a regular file", "none": "is missing"}
    for name, why in cases.items():
        with pytest.raises(TalosSecretError, match=why):
            talossecrets.load(tmp_path / name)


def test_old_keys_are_masked_in_logs(old_talos) -> None:
    redactor = logs.Redactor(("ory_ak_v1", "mc_v1"))
    for text in (old_talos.key(), old_talos.macaroon(), old_talos.key()[:60]):
        assert redactor.redact(f"saw {text} here") == f"saw {logs.MASK} here"
