"""Guarantees of `marzipan signing-keys`: what follows is said, and no secret is shown."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server import secretfile
from server.cli import cli
from server.signingkeys import SigningKey, State

Run = Callable[..., Result]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    secretfile.create(tmp_path / "s")
    return tmp_path / "s"


@pytest.fixture
def run(path: Path) -> Run:
    """Runs a command on the file; whatever it prints holds no private part of any key."""

    def run(*arguments: str, ok: bool = True) -> Result:
        before = path.read_text()
        command = ["signing-keys", *arguments, "--secret-file", str(path)]
        done = CliRunner().invoke(cli, command, env={"XDG_DATA_HOME": str(path.parent)})
        assert (done.exit_code == 0) is ok, done.output
        if not ok:
            assert path.read_text() == before
        for text in (before, path.read_text()):
            for secret in json.loads(text)["masters"]:
                assert secret["secret"] not in done.output
            for jwk in json.loads(text)["signing_keys"]:
                assert not any(jwk.get(name, "\0") in done.output for name in ("d", "p", "qi"))
        return done

    return run


def listed(run: Run) -> list[dict[str, str]]:
    return json.loads(run("list", "--json").stdout)["signing_keys"]


def test_list_shows_each_key_its_state_and_its_end(run: Run) -> None:
    (key,) = listed(run)
    assert (key["algorithm"], key["state"], key["end_time"]) == ("EdDSA", "signing", None)
    assert key["kid"] in run("list").output


@pytest.mark.parametrize(("named", "algorithm"), [("eddsa", "EdDSA"), ("RS256", "RS256")])
def test_generate_makes_a_key_on_standby_and_says_restart(
    run: Run, named: str, algorithm: str
) -> None:
    done = run("generate", "--algorithm", named)
    assert "restart" in done.stderr and "rotate" in done.stderr
    assert [key["state"] for key in listed(run)] == ["signing", "standby"]
    assert listed(run)[1]["algorithm"] == algorithm


def test_rotate_lets_the_standby_sign_and_the_old_one_verify(run: Run, path: Path) -> None:
    run("generate", "--algorithm", "rs256")
    old, new = listed(run)
    done = run("rotate")
    assert "restart" in done.stderr and "warning" not in done.stderr
    after = listed(run)
    assert [(key["kid"], key["state"]) for key in after] == [
        (old["kid"], "retired"),
        (new["kid"], "signing"),
    ]
    retired = secretfile.load(path).signing_keys[0]
    assert retired.end == retired.retired_at + 366 * 86_400


def test_rotate_without_a_standby_makes_one_of_the_same_kind_and_warns(run: Run) -> None:
    done = run("rotate", "--algorithm", "rs256")
    assert "warning" in done.stderr and "JWKS" in done.stderr
    run("rotate")
    assert [key["algorithm"] for key in listed(run)] == ["EdDSA", "RS256", "RS256"]


def test_rotate_with_an_early_end_is_refused_unless_it_is_said_out_loud(run: Run) -> None:
    done = run("rotate", "--end", "+2h", ok=False)
    assert "--strand-live-tokens" in done.stderr
    (old,) = listed(run)
    done = run("rotate", "--end", "now", "--strand-live-tokens")
    assert f"removed {old['kid']}" in done.stderr
    assert [key["state"] for key in listed(run)] == ["signing"]


def test_retire_sets_another_end_and_refuses_the_key_that_signs(run: Run) -> None:
    run("rotate")
    old, current = listed(run)
    assert "rotate" in run("retire", current["kid"], ok=False).stderr
    assert "list" in run("retire", "nobody", ok=False).stderr
    run("retire", old["kid"], "--end", "+24h", ok=False)
    run("retire", old["kid"], "--end", "+24h", "--strand-live-tokens")
    assert listed(run)[0]["end_time"] < old["end_time"]


def test_a_kid_that_begins_with_a_hyphen_is_no_option(run: Run, path: Path) -> None:
    wanted = (SigningKey.generate(state=State.STANDBY) for _ in range(10_000))
    odd = next(key for key in wanted if key.kid.startswith("-"))
    secretfile.change_signing_keys(path, lambda keys: (*keys, odd))
    assert f"removed {odd.kid}" in run("retire", odd.kid, "--end", "+1h").stderr


def test_retire_drops_a_standby_and_says_so(run: Run) -> None:
    run("generate")
    kid = listed(run)[1]["kid"]
    assert f"removed {kid}" in run("retire", kid).stderr
    assert len(listed(run)) == 1


def test_an_ended_key_is_dropped_at_the_next_change_with_a_word(run: Run, path: Path) -> None:
    secretfile.change_signing_keys(
        path,
        lambda keys: (keys[0].moved(State.RETIRED, retired_at=5, end=9),),
    )
    (key,) = listed(run)
    assert key["state"] == "ended"
    assert f"removed {key['kid']}" in run("generate").stderr
    assert [each["state"] for each in listed(run)] == ["signing"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("generate", "--algorithm", "hs256"),
        ("generate", "--algorithm", "none"),
        ("rotate", "--end", "soon"),
        ("retire",),
    ],
)
def test_a_wrong_argument_changes_nothing(run: Run, arguments: tuple[str, ...]) -> None:
    run(*arguments, ok=False)


def test_a_missing_file_is_said_and_not_made(tmp_path: Path) -> None:
    command = ["signing-keys", "generate", "--secret-file", str(tmp_path / "none")]
    done = CliRunner().invoke(cli, command)
    assert isinstance(done.exception, secretfile.SecretFileError)
    assert not (tmp_path / "none").exists()
