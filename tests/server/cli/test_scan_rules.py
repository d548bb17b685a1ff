"""scan-rules prints rules for the prefixes that are configured."""

import tomllib

import pytest


def test_every_format_is_printed_alone_or_with_the_others(run):
    whole = run("scan-rules")
    assert whole.code == 0 and whole.err == ""
    for name in ("gitleaks", "trufflehog", "github"):
        alone = run("scan-rules", "--format", name)
        assert alone.code == 0 and alone.out in whole.out + "\n"
        assert "mz_ak_[A-Za-z0-9_-]{87,99}_" in alone.out and "mz_pk" not in alone.out
    assert run("scan-rules", "--format", "other").code == 2


def test_the_prefixes_are_those_of_the_environment_or_a_file(run, monkeypatch, tmp_path):
    secrets = tmp_path / "talos.secret"
    config = tmp_path / "m.toml"
    config.write_text(
        f'[prefixes]\nkey = "acme_ak"\n[talos]\nhmac_secret_file = "{secrets}"\n'
        'prefixes = ["ory_ak", "old"]\n'
    )
    done = run("scan-rules", "--format", "gitleaks", "--config", str(config))
    ids = [rule["id"] for rule in tomllib.loads(done.out)["rules"]]
    assert ids == [
        *("marzipan-key-acme-ak", "marzipan-macaroon-mz-mc", "marzipan-sealed-mz-ms"),
        *("marzipan-talos-key-ory-ak", "marzipan-talos-key-old", "marzipan-talos-macaroon-mc"),
    ]
    monkeypatch.setenv("MARZIPAN_PREFIXES_KEY", "env_ak")
    assert "env_ak_" in run("scan-rules").out


@pytest.mark.parametrize("name", ["gitleaks", "trufflehog", "github"])
def test_nothing_is_opened_or_written(run, tmp_path, name):
    before = sorted(tmp_path.rglob("*"))
    assert run("scan-rules", "--format", name).code == 0
    assert sorted(tmp_path.rglob("*")) == before
