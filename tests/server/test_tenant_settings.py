"""Guarantees of tenants in server/settings.py and of server/tenantsettings.py."""

from pathlib import Path

import pytest

from server.settings import SettingsError, load
from server.tenantsettings import ServedTenant, TenantSettings

HOME = {"XDG_DATA_HOME": "/home/me/data"}
ACME = '[tenants.acme]\npath = "/t/acme"\n'


def read(tmp_path: Path, text: str, env: dict[str, str] | None = None):
    path = tmp_path / "marzipan.toml"
    path.write_text(text)
    return load({"config": str(path)}, HOME | (env or {}))


def test_without_tables_there_is_the_one_tenant_of_the_setting(tmp_path: Path) -> None:
    for text in ("", "[tenants]\n"):
        settings = read(tmp_path, text)
        assert settings.tenants == () and settings.names() == ("default",)
        assert settings.of("default") is settings


def test_what_a_tenant_does_not_set_is_the_servers_wherever_that_is_set(tmp_path: Path) -> None:
    text = 'max_ttl = "90d"\n[prefixes]\nkey = "house_ak"\n' + ACME
    env = {"MARZIPAN_CLOCK_SKEW": "5s"}
    (acme,) = read(tmp_path, text + 'prefixes.public = "acme_pk"\nclock_skew = "7s"', env).tenants
    assert acme.max_ttl == 90 * 86_400 and acme.clock_skew == 7
    assert (acme.prefixes.key, acme.prefixes.public) == ("house_ak", "acme_pk")
    (acme,) = read(tmp_path, text, env).tenants
    assert acme.clock_skew == 5 and acme.name == "acme" and acme.hosts == ()


def test_every_setting_that_a_tenant_may_have_of_its_own_can_be_set(tmp_path: Path) -> None:
    own = {
        "issuer": ('"https://a"', "https://a"),
        "retired_issuers": ('["https://b"]', ("https://b",)),
        "default_ttl": ('"1h"', 3600),
        "max_ttl": ('"2h"', 7200),
        "derived_default_ttl": ('"1m"', 60),
        "clock_skew": ('"0s"', 0),
        "stale_policy": ('"open"', "open"),
    }
    assert own.keys() == set(TenantSettings.__struct_fields__) - {"prefixes", "limits"}
    text = ACME + "".join(f"{name} = {value}\n" for name, (value, _) in own.items())
    (acme,) = read(tmp_path, text).tenants
    assert {name: getattr(acme, name) for name in own} == {
        name: value for name, (_, value) in own.items()
    }


def test_limits_are_overridden_one_by_one(tmp_path: Path) -> None:
    text = f'[limits]\ntenant = "9/1s"\nactor = "8/1s"\nredis_down = "open"\n{ACME}'
    settings = read(tmp_path, text + 'limits.actor = "7/1s"')
    (acme,) = settings.tenants
    told = [
        limit.quota
        for each in (settings, acme)
        for limit in (each.limits.tenant, each.limits.actor)
    ]
    assert told == [9, 8, 9, 7] and settings.redis_down == "open"


def test_a_tenants_issuer_is_the_servers_and_its_path_or_said(tmp_path: Path) -> None:
    for issuer in ("https://keys.example", "https://keys.example/"):
        (acme,) = read(tmp_path, f'issuer = "{issuer}"\n' + ACME).tenants
        assert acme.issuer == "https://keys.example/t/acme"
    with pytest.raises(SettingsError, match=r"Set tenants\.acme\.issuer"):
        read(tmp_path, '[tenants.acme]\nhosts = ["acme.example"]')
    text = 'issuer = "https://a"\nretired_issuers = ["https://b"]\n'
    tenants = read(tmp_path, text + '[tenants.default]\nhosts = ["*"]\n' + ACME).tenants
    assert [each.issuer for each in tenants] == ["https://a", "https://a/t/acme"]
    assert [each.retired_issuers for each in tenants] == [("https://b",), ()]


def test_hosts_have_one_spelling(tmp_path: Path) -> None:
    hosts = '["ACME.example.", "acme.example", "[2001:DB8:0::1]", "192.0.2.1", "*"]'
    (acme,) = read(tmp_path, f"{ACME}hosts = {hosts}").tenants
    assert acme.hosts == ("acme.example", "acme.example", "[2001:db8::1]", "192.0.2.1", "*")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tenants = 1", "must be a table of tables"),
        ("[tenants]\nacme = 1", "must be a table of tables"),
        ("[tenants.marzipan]\npath = '/x'", "another name than marzipan"),
        ("[tenants.'']\npath = '/x'", "a text that is not empty"),
        (f"[tenants.{'a' * 256}]\npath = '/x'", "at most 255 bytes"),
        ("[tenants.acme]\nissuer = 'x'", "Nothing would find the tenant acme"),
        (ACME + "pth = '/x'", "Did you mean path"),
        (ACME + "database = 'sqlite:///x'", "There is no setting database"),
        (ACME + "surface = 'all'", "There is no setting surface"),
        (ACME + "max_staleness = '5s'", "There is no setting max_staleness"),
        (ACME + "limits.redis_down = 'open'", "There is no setting limits.redis_down"),
        (ACME + "limits.tenant = 'much'", "a quota and a window"),
        (ACME + "talos.issuers = ['x']", "There is no setting talos.issuers"),
        (ACME + "max_ttl = '1h'", "tenants.acme.default_ttl must not be above max_ttl"),
        (ACME + "prefixes.key = 'mz_pk'", "could be taken for another prefix"),
        (ACME + "prefixes.key = 1", "prefixes.key must be a text"),
        (ACME + "hosts = ['acme.example:80']", "host names without a port"),
        (ACME + "hosts = ['[::1]:80']", "host names without a port"),
        (ACME + "hosts = ['*.example']", "host names without a port"),
        (ACME + "hosts = ['a b']", "host names without a port"),
        (ACME + "hosts = ['käse.example']", "host names without a port"),
        (ACME + "hosts = ['']", "a text that is not empty"),
        *(
            (f"[tenants.acme]\npath = '{path}'", "a path such as")
            for path in "t / /t/ //t /t//a /t/../a /. /%74 /t? *".split()
        ),
        *(
            (f"[tenants.acme]\npath = '{path}'", "does not begin with")
            for path in ("/v1", "/v2alpha1/x", "/health/a", "/.well-known", "/version", "/metrics")
        ),
        (ACME + "[tenants.b]\npath = '/t/acme'", "must not share what is below /t/acme"),
        (ACME + "[tenants.b]\npath = '/t/acme/b'", "must not share what is below /t/acme/b"),
        (ACME + "[tenants.b]\npath = '/t'", "must not share what is below /t/acme"),
        (
            "[tenants.a]\npath='/a'\nhosts=['x.y']\n[tenants.b]\npath='/b'\nhosts=['X.Y.']",
            "a and b must not share the host x.y",
        ),
        (
            "[tenants.a]\npath='/a'\nhosts=['*']\n[tenants.b]\npath='/b'\nhosts=['*']",
            "must not share the host *",
        ),
        (
            "[tenants.a]\npath='/a'\nissuer='x'\n[tenants.b]\npath='/b'\nissuer='x'",
            "must not share the issuer x",
        ),
        (
            "[tenants.a]\npath='/a'\nissuer='x'\n[tenants.b]\npath='/b'\nretired_issuers=['x']",
            "must not share the issuer x",
        ),
    ],
)
def test_what_could_serve_nobody_or_two_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert said in str(caught.value)


def test_paths_that_only_begin_alike_are_apart(tmp_path: Path) -> None:
    text = ACME + "[tenants.b]\npath = '/t/acmex'\n[tenants.c]\npath = '/t/acm'\n"
    assert [each.path for each in read(tmp_path, text).tenants] == ["/t/acme", "/t/acmex", "/t/acm"]


def test_tenants_are_no_variable_of_the_environment(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="MARZIPAN_TENANTS"):
        read(tmp_path, ACME, {"MARZIPAN_TENANTS": "acme"})


def test_prefixes_of_the_tenant_of_talos_must_be_apart_from_those_of_talos(tmp_path: Path) -> None:
    talos = "[talos]\nhmac_secret_file = 'x'\nprefixes = ['ory_ak']\n"
    for name, ok in (("default", False), ("acme", True)):
        text = f"{talos}[tenants.{name}]\npath = '/t'\nprefixes.key = 'ory_ak'"
        if ok:
            assert read(tmp_path, text).tenants[0].prefixes.key == "ory_ak"
        else:
            with pytest.raises(SettingsError, match="talos is wrong"):
                read(tmp_path, text)


def test_no_repr_shows_more_than_the_class(tmp_path: Path) -> None:
    (acme,) = read(tmp_path, ACME).tenants
    assert isinstance(acme, ServedTenant) and repr(acme) == "ServedTenant(...)"


def test_the_example_of_the_page_on_tenants_is_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "tenants.md").read_text()
    acme, globex, default = read(tmp_path, page.split("```toml\n")[1].split("```")[0]).tenants
    assert acme.issuer == "https://keys.example.com/t/acme" and acme.prefixes.key == "acme_ak"
    assert globex.hosts == ("keys.globex.example", "keys-old.globex.example")
    assert default.hosts == ("*",) and default.issuer == "https://keys.example.com"


def test_what_tenants_share_lives_for_the_tenant_whose_keys_live_longest(tmp_path: Path) -> None:
    for own, days in (("1y", 365), ("60d", 90)):
        text = f'max_ttl = "90d"\n{ACME}max_ttl = "{own}"'
        assert read(tmp_path, text).longest_ttl() == days * 86_400
