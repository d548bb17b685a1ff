"""What a holder of a JWT does on the command line: read it and judge it, but not narrow it."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.formats.jwt import Signer
from server import secretfile
from server.cli import cli
from server.settings import load
from server.signingkeys import signing

Token = Callable[..., Result]


@pytest.fixture
def jwt(tmp_path: Path) -> str:
    key = signing(secretfile.create(tmp_path / "s").signing_keys)
    assert key is not None
    issuer = load({}, {}).issuer
    now = int(time.time())
    signer = Signer(key.private, issuer=issuer, tenant="default")
    terms = {"key_issued_at": now, "now": now, "expires_at": now + 600, "actor": "me"}
    return signer.mint_grant(b"K" * 16, scopes=["a"], **terms).text


@pytest.fixture
def run(tmp_path: Path) -> Token:
    env = {"XDG_DATA_HOME": str(tmp_path), "MARZIPAN_ADMIN_KEY": None}

    def run(verb: str, *arguments: str, stdin: str) -> Result:
        return CliRunner().invoke(cli, ["token", verb, *arguments], input=stdin, env=env)

    return run


def test_inspect_shows_what_it_says_and_that_nothing_is_verified(run: Token, jwt: str) -> None:
    told = json.loads(run("inspect", "--json", stdin=jwt).stdout)
    assert told["verified"] is False
    head = told["unverified_header"]
    assert (head["type"], head["actor_id"], head["algorithm"]) == ("jwt", "me", "EdDSA")
    plain = run("inspect", stdin=jwt)
    assert plain.exit_code == 0 and "NOT VERIFIED" in plain.stderr and "me" in plain.stdout


def test_explain_checks_the_signature_by_the_secret_file(
    run: Token, jwt: str, tmp_path: Path
) -> None:
    file = ("--secret-file", str(tmp_path / "s"))
    assert run("explain", *file, "--scope", "a", stdin=jwt).exit_code == 0
    assert run("explain", *file, "--scope", "b", stdin=jwt).exit_code == 1
    assert run("explain", *file, "--tenant", "other", stdin=jwt).exit_code == 1
    forged = run("explain", *file, stdin=jwt[:-8] + "AAAAAAAA")
    assert forged.exit_code == 1 and "signature" in forged.stdout
    unchecked = run("explain", stdin=jwt)
    assert unchecked.exit_code == 1 and "--secret-file" in unchecked.stderr


@pytest.mark.parametrize("verb", [("attenuate", "--ttl", "1m"), ("seal",)])
def test_narrowing_and_sealing_are_refused_with_the_way_out(
    run: Token, jwt: str, verb: tuple[str, ...]
) -> None:
    done = run(*verb, stdin=jwt)
    assert done.exit_code == 1 and "--format macaroon" in done.stderr
    assert jwt not in done.output
