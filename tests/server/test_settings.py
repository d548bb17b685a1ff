"""Guarantees of server/settings.py and server/parsers.py."""

from pathlib import Path

import pytest

from engine.types import RateLimit
from server.settings import Settings, SettingsError, load, redact_url, sqlite_path
from storage.url import sqlite_path as storage_path

HOME = {"XDG_DATA_HOME": "/home/me/data"}


def toml(tmp_path: Path, text: str) -> dict[str, object]:
    path = tmp_path / "marzipan.toml"
    path.write_text(text)
    return {"config": str(path)}


def test_with_nothing_said_a_sqlite_file_in_the_users_data_directory_is_used() -> None:
    settings = load(env=HOME)
    assert sqlite_path(settings.database) == Path("/home/me/data/marzipan/marzipan.db")
    assert settings.secret_file == Path("/home/me/data/marzipan/marzipan.secret")
    assert (settings.host, settings.port, settings.tenant) == ("127.0.0.1", 4420, "default")
    assert (settings.default_ttl, settings.max_ttl) == (30 * 86_400, 365 * 86_400)
    assert (settings.derived_default_ttl, settings.clock_skew) == (3600, 60)
    assert tuple(settings.prefixes) == ("mz_ak", "mz_pk", "mz_mc", "mz_ms")
    assert not settings.insecure_no_admin_auth
    assert settings.surface == "all"


def test_a_relative_xdg_data_home_counts_as_unset() -> None:
    path = sqlite_path(load(env={"XDG_DATA_HOME": "here"}).database)
    assert path == Path.home() / ".local/share/marzipan/marzipan.db"


def test_flags_win_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    flags = toml(tmp_path, 'port = 1\nhost = "a"\ntenant = "t"\n[prefixes]\nkey = "acme_ak"\n')
    env = {"MARZIPAN_PORT": "2", "MARZIPAN_HOST": "b", "MARZIPAN_PREFIXES_PUBLIC": "acme_pk"}
    settings = load(flags | {"port": 3, "host": None}, env | HOME)
    assert (settings.port, settings.host, settings.tenant) == (3, "b", "t")
    assert (settings.prefixes.key, settings.prefixes.public) == ("acme_ak", "acme_pk")
    assert settings.prefixes.sealed == "mz_ms"


def test_the_environment_may_name_the_config_file(tmp_path: Path) -> None:
    path = str(toml(tmp_path, 'max_ttl = "1y"\ntrusted_proxies = ["10.0.0.0/8"]')["config"])
    settings = load(env={"MARZIPAN_CONFIG": path} | HOME)
    assert settings.trusted_proxies == ("10.0.0.0/8",)


def test_retired_issuers_are_a_list_or_joined_by_commas(tmp_path: Path) -> None:
    path = toml(tmp_path, 'issuer = "https://a"\nretired_issuers = ["https://b", "c"]')
    assert load(path, HOME).retired_issuers == ("https://b", "c")
    for text, issuers in (("https://b, c", ("https://b", "c")), ("", ())):
        assert load(env={"MARZIPAN_RETIRED_ISSUERS": text} | HOME).retired_issuers == issuers


@pytest.mark.parametrize(
    ("flags", "env", "near"),
    [
        ({"prot": 1}, {}, "prot (found on the command line). Did you mean port?"),
        ({}, {"MARZIPAN_DATBASE": "x"}, "Did you mean MARZIPAN_DATABASE?"),
        ({}, {"MARZIPAN_PREFIXES_KEYS": "x"}, "Did you mean MARZIPAN_PREFIXES_KEY?"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_name(
    flags: dict[str, object], env: dict[str, str], near: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(flags, env)
    assert near in str(caught.value)


@pytest.mark.parametrize(
    ("flags", "env", "said"),
    [
        ({}, {"MARZIPAN_ADMIN_KY": "x"}, "Did you mean MARZIPAN_ADMIN_KEY?"),
        ({"server": 1}, {}, "There are: database, redis, secret_file,"),
        ({}, {"MARZIPAN_FLAVOUR": "x"}, "There are: MARZIPAN_DATABASE,"),
    ],
)
def test_a_key_unlike_any_setting_is_answered_with_those_there_are(
    flags: dict[str, object], env: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(flags, env)
    assert said in str(caught.value)


def test_a_wrong_value_and_broken_toml_are_told_with_their_place(tmp_path: Path) -> None:
    for text, said in (
        ("port = true", "It was found in "),
        ("host = 'a'\nport = hunter2", "at line 2, column 8"),
        ("a = 1\nb", "at end of document"),
    ):
        with pytest.raises(SettingsError, match=said) as caught:
            load(toml(tmp_path, text), HOME)
        assert "marzipan.toml" in str(caught.value) and "hunter2" not in str(caught.value)
    with pytest.raises(SettingsError, match="MARZIPAN_PORT .* found in the environment"):
        load(env={"MARZIPAN_PORT": "x"} | HOME)


def test_the_message_about_a_database_names_only_what_is_supported() -> None:
    with pytest.raises(SettingsError, match="sqlite:///file.db") as caught:
        load({"database": "oracle://x"}, HOME)
    assert "postgresql://" in str(caught.value) and "mysql" not in str(caught.value)


def test_an_unknown_key_in_the_file_is_refused_too(tmp_path: Path) -> None:
    for text, near in (("max_tll = 1", "max_ttl"), ("[prefixes]\nkye = 1", "prefixes.key")):
        with pytest.raises(SettingsError, match=f"Did you mean {near}"):
            load(toml(tmp_path, text), HOME)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = true", "port must be a whole number"),
        ("port = 70000", "port must be a port from 0 to 65535"),
        ('host = ""', "host must be a text"),
        ("host = 5", "host must be a text"),
        ('default_ttl = "soon"', "default_ttl must be a duration"),
        ("max_ttl = 3600", "max_ttl must be a text"),
        ('clock_skew = "11m"', "clock_skew must be at most 10m"),
        ('insecure_no_admin_auth = "yes"', "insecure_no_admin_auth must be true or false"),
        ('surface = "both"', "surface must be one of all, admin, public"),
        ('log_level = "loud"', "log_level must be one of"),
        ('trusted_proxies = ["10.0.0.1/8"]', "say 10.0.0.0/8, or 10.0.0.1/32"),
        ('trusted_proxies = ["here"]', "trusted_proxies must be networks"),
        ("trusted_proxies = [5]", "trusted_proxies must be networks"),
        ("trusted_proxies = 1", "trusted_proxies must be a list"),
        ("retired_issuers = 1", "retired_issuers must be a list"),
        ('retired_issuers = ["x", ""]', "retired_issuers must be a text"),
        ('issuer = ""', "issuer must be a text"),
        ('database = "oracle://x"', "database must be a URL"),
        ('tenant = "marzipan"', "another name than marzipan"),
        ('prefixes = "x"', "no setting prefixes"),
        ('[prefixes]\nkey = "a-b"', "letters, digits or underscores"),
        ('[prefixes]\nkey = "mz_pk"', "could be taken for another"),
        ('max_ttl = "1d"', "default_ttl must not be above max_ttl"),
        ("port = ", "is not TOML"),
    ],
)
def test_a_wrong_value_is_refused_naming_key_and_rule(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(toml(tmp_path, text), HOME)
    assert said in str(caught.value)


def test_a_missing_config_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        load({"config": str(tmp_path / "none.toml")}, HOME)


def test_the_variables_that_kubernetes_adds_for_a_service_are_passed_over() -> None:
    env = {
        "MARZIPAN_PORT": "tcp://10.0.0.1:4420",
        "MARZIPAN_SERVICE_HOST": "10.0.0.1",
        "MARZIPAN_SERVICE_PORT_HTTP": "4420",
        "MARZIPAN_PORT_4420_TCP_ADDR": "10.0.0.1",
    }
    assert load(env=env | HOME).port == 4420


def test_the_secret_file_of_a_database_server_stands_in_the_data_directory() -> None:
    settings = load({"database": "postgresql://me:hunter2@db/m"}, HOME)
    assert settings.secret_file.name == "cluster.secret" and not settings.secret_file_named
    settings = load({"database": "postgresql://db/m", "secret_file": Path("/etc/mz")}, HOME)
    assert settings.secret_file == Path("/etc/mz")


def test_no_repr_and_no_message_shows_the_databases_password(tmp_path: Path) -> None:
    url = "postgresql://me:hunter2@db/m?password=hunter2"
    settings = load({"database": url, "secret_file": "s"}, HOME)
    assert isinstance(settings, Settings)
    assert "hunter2" not in repr(settings)
    assert redact_url(url) == "postgresql://[redacted]@db/m"
    for password in ("hunter/2", "hunter@2", "hunter?2", "//hunter@/2"):
        assert redact_url(f"postgresql://me:{password}@db/m") == "postgresql://[redacted]@db/m"
    with pytest.raises(SettingsError) as caught:
        load({"database": "oracle://me:hunter2@db"}, HOME)
    assert "hunter2" not in str(caught.value)


def test_three_slashes_name_a_file_in_the_working_directory_and_four_an_absolute_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for url, file in (
        ("sqlite:///m.db", tmp_path / "m.db"),
        ("sqlite:///sub/m.db", tmp_path / "sub" / "m.db"),
        ("sqlite:////srv/m.db", Path("/srv/m.db")),
        (f"sqlite:///{tmp_path}/m.db", tmp_path / "m.db"),
    ):
        settings = load({"database": url}, HOME)
        assert settings.database == f"sqlite:///{file}"
        assert sqlite_path(settings.database) == file
        assert settings.secret_file == file.with_suffix(".secret")
        assert storage_path(url) == storage_path(settings.database) == file.resolve()


def test_three_slashes_before_the_absolute_path_of_a_database_make_no_empty_one_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there.db"
    there.touch()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with pytest.raises(SettingsError, match="with four slashes"):
        load({"database": f"sqlite://{there}"}, HOME)


def test_the_default_database_is_spelled_as_a_given_one() -> None:
    assert load(env=HOME).database == "sqlite:////home/me/data/marzipan/marzipan.db"


@pytest.mark.parametrize("url", ["redis://:hunter2@h:port", "http://:hunter2@h", "redis://", "h"])
def test_a_url_of_redis_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({"redis": url}, HOME)
    assert "redis" in str(refused.value) and "hunter2" not in str(refused.value)


def test_a_url_of_redis_is_kept_out_of_every_repr() -> None:
    settings = load({"redis": "rediss://:hunter2@h:6380/1"}, HOME)
    assert settings.redis == "rediss://:hunter2@h:6380/1"
    assert "hunter2" not in repr(settings) and "hunter2" not in redact_url(settings.redis)


def test_rate_limits_are_off_unless_given_and_read_from_file_and_environment(
    tmp_path: Path,
) -> None:
    settings = load(env=HOME)
    limits = settings.limits
    assert (limits.tenant, limits.actor, settings.redis_down) == (None, None, "local")
    path = toml(tmp_path, '[limits]\ntenant = "1000/60s"\nredis_down = "closed"')
    settings = load(path, HOME | {"MARZIPAN_LIMITS_ACTOR": "5/1h"})
    limits = settings.limits
    assert (limits.tenant, limits.actor) == (RateLimit(1000, 60), RateLimit(5, 3600))
    assert settings.redis_down == "closed"


@pytest.mark.parametrize("value", ["0/60s", "5", "5/", "/60s", "5/0s", "-1/5s", "1e3/5s", "5/5x"])
def test_a_rate_limit_is_a_quota_and_a_window(value: str) -> None:
    with pytest.raises(SettingsError, match=r'limits.tenant must be .* such as "1000/60s"'):
        load({"limits.tenant": value}, HOME)
