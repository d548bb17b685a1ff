"""Settings, read once: defaults < TOML file < MARZIPAN_* environment < command line.

Every key has one parser, which takes the value as TOML, the environment or the command line gives
it. An unknown key is refused, so that a misspelt setting can't be silently without effect. Tables
of tenants stand in the TOML file alone.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from engine.formats.talos import NIL, TalosPrefixes
from engine.text import DEFAULT_PREFIXES, Prefixes
from storage.url import named

from . import parsers
from .freshness import POLICIES
from .tenantsettings import MOST, ServedTenant, TenantLimits, TenantSettings, require_apart

_ENV = "MARZIPAN_"
# Read elsewhere: the config file's own path, what commands send, and the switches of the build.
_OTHER_ENV = frozenset(
    f"MARZIPAN_{name}" for name in ("CONFIG", "SERVER", "ADMIN_KEY", "DEBUG", "SANITIZE", "WORKER")
)
# Kubernetes puts these into every pod beside a Service called "marzipan".
_SERVICE_LINK = re.compile(r"MARZIPAN_(SERVICE_(HOST|PORT).*|PORT_[0-9]+_(TCP|UDP).*)")

SettingsError = parsers.SettingsError


class TalosSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The Talos installation whose credentials verify here too; see `engine.formats.talos`.

    `hmac_secret_file` holds its HMAC secrets, the form is in `server.talossecrets`. Macaroons are
    taken where their `issuers` are named.
    """

    hmac_secret_file: Path
    prefixes: TalosPrefixes = TalosPrefixes()
    issuers: tuple[str, ...] = ()
    nid: str = NIL
    max_ttl: int = 365 * 86_400
    clock_skew: int = 300


class Settings(TenantSettings, frozen=True, kw_only=True):
    """All settings of one server. Durations are whole seconds.

    `tenant` is the one of offline commands and of Talos; requests are for the `tenants`, or where
    there are none for that one.

    `secret_file_named`: whether the secret file was named, rather than found beside the database.
    `peppers_file` holds what imported HMACs were made with, the form is in `server.peppers`.
    `max_staleness` is that of `server.freshness`. `redis_down` says who counts while Redis is away.
    `snapshots` is the folder of `server.snapshots`, made when `denylist_exact` entries of the
    revocation log are in a process' own memory.
    """

    database: str
    redis: str | None = None
    secret_file: Path
    secret_file_named: bool = True
    host: str = "127.0.0.1"
    port: int = 4420
    workers: int = 1
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    tenant: str = "default"
    tenants: tuple[ServedTenant, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    trust_forwarded_host: bool = False
    log_level: str = "info"
    insecure_no_admin_auth: bool = False
    surface: str = "all"
    talos: TalosSettings | None = None
    peppers_file: Path | None = None
    redis_down: str = "local"
    max_staleness: int = 5
    denylist_exact: int = 1_000_000
    snapshots: Path

    def names(self) -> tuple[str, ...]:
        """The tenants that requests are for."""
        return tuple(each.name for each in self.tenants) or (self.tenant,)

    def of(self, tenant: str) -> TenantSettings:
        """What holds for a tenant."""
        return next((each for each in self.tenants if each.name == tenant), self)

    def longest_ttl(self) -> int:
        """The greatest `max_ttl` of any tenant, in seconds: what they share serves for so long."""
        return max(each.max_ttl for each in (self, *self.tenants))

    def __repr__(self) -> str:
        # A database URL may hold a password.
        return f"Settings(database={redact_url(self.database)!r}, host={self.host!r}, ...)"


_PARSERS: Mapping[str, Callable[[str, object], object]] = {
    "database": parsers.database,
    "redis": parsers.redis,
    "secret_file": parsers.path,
    "host": parsers.text,
    "port": parsers.port,
    "workers": parsers.count,
    "metrics_host": parsers.text,
    "metrics_port": parsers.port,
    "tenant": parsers.tenant,
    "issuer": parsers.text,
    "retired_issuers": parsers.texts,
    "default_ttl": parsers.duration,
    "max_ttl": parsers.duration,
    "derived_default_ttl": parsers.duration,
    "clock_skew": parsers.skew,
    "prefixes.key": parsers.text,
    "prefixes.public": parsers.text,
    "prefixes.macaroon": parsers.text,
    "prefixes.sealed": parsers.text,
    "trusted_proxies": parsers.cidrs,
    "trust_forwarded_host": parsers.boolean,
    "log_level": parsers.choice("debug", "info", "warning", "error"),
    "insecure_no_admin_auth": parsers.boolean,
    "surface": parsers.choice("all", "admin", "public"),
    "talos.hmac_secret_file": parsers.path,
    "talos.prefixes": parsers.texts,
    "talos.macaroon_prefixes": parsers.texts,
    "talos.issuers": parsers.texts,
    "talos.nid": parsers.uuid,
    "talos.max_ttl": parsers.duration,
    "talos.clock_skew": parsers.skew,
    "imports.peppers_file": parsers.path,
    "limits.tenant": parsers.rate,
    "limits.actor": parsers.rate,
    "limits.redis_down": parsers.choice("local", "closed", "open"),
    "max_staleness": parsers.staleness,
    "denylist_exact": parsers.exact,
    "snapshots": parsers.path,
    "stale_policy": parsers.choice(*POLICIES),
}
_TABLES = frozenset(name.partition(".")[0] for name in _PARSERS if "." in name)
_PREFIXES = frozenset(name for name in _PARSERS if name.startswith("prefixes."))
_OF_A_TENANT = {"hosts": parsers.hosts, "path": parsers.path_prefix} | {
    name: parse
    for name, parse in _PARSERS.items()
    if name.partition(".")[0] in TenantSettings.__struct_fields__ and name != "limits.redis_down"
}


def load(
    flags: Mapping[str, object] | None = None, env: Mapping[str, str] | None = None
) -> Settings:
    """Read everything once. `flags` are the command line's, None values meaning not given.

    The flag `config`, or MARZIPAN_CONFIG, names the TOML file. Raises SettingsError.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    environment = os.environ if env is None else env
    config = given.pop("config", None) or environment.get("MARZIPAN_CONFIG")
    values: dict[str, object] = {}
    tables: object = {}
    if config:
        flat = _flat(_toml(Path(str(config))))
        tables = flat.pop("tenants", {})
        values |= _parse(flat, f"in {config}")
    values |= _parse(_from_env(environment), "in the environment", _env_name)
    values |= _parse(given, "on the command line")
    settings = _settings(values, environment)
    return msgspec.structs.replace(settings, tenants=_tenants(tables, settings, f"in {config}"))


def prefixes(env: Mapping[str, str] | None = None) -> Prefixes:
    """The text prefixes alone, for commands that use no database. Raises SettingsError."""
    environment = os.environ if env is None else env
    raw = _from_env(environment)
    values = _parse({k: v for k, v in raw.items() if k in _PREFIXES}, "in the environment")
    if config := environment.get("MARZIPAN_CONFIG"):
        flat = _flat(_toml(Path(config)))
        found = {name: value for name, value in flat.items() if name in _PREFIXES}
        values = _parse(found, f"in {config}") | values
    return _prefixes(values)


def redact_url(url: str) -> str:
    """The URL without its user, password and query."""
    # A password may have any character in it, so the last @ ends it.
    return re.sub(r"\?.*", "", re.sub(r"//.*@", "//[redacted]@", url, flags=re.S), flags=re.S)


def sqlite_path(database: str) -> Path | None:
    """The file of a SQLite URL, always absolute; None for another kind of database."""
    return named(database) if database.startswith("sqlite:///") else None


def _settings(values: dict[str, object], env: Mapping[str, str]) -> Settings:
    prefixes = _prefixes(values)
    talos = _talos(values, prefixes)
    values.setdefault("database", f"sqlite:///{_data_home(env) / 'marzipan' / 'marzipan.db'}")
    file = sqlite_path(str(values["database"]))
    if file is None:
        # Of a server's URL no part may stand in a path: it is no secret's place, and a copy of the
        # secret file serves every node, however each of them reaches the database.
        file = _data_home(env) / "marzipan" / "cluster"
    values.setdefault("snapshots", file.with_name(f"{file.stem}.snapshots"))
    if "secret_file" not in values:
        values["secret_file"] = file.with_name(f"{file.stem}.secret")
        values["secret_file_named"] = False
    values |= _table(values, "imports")
    limits = _table(values, "limits")
    if "redis_down" in limits:
        values["redis_down"] = limits.pop("redis_down")
    made = {"prefixes": prefixes, "talos": talos, "limits": TenantLimits(**limits)}  # type: ignore[arg-type]
    settings = msgspec.convert(values | made, Settings)
    settings.require_sound()
    if settings.workers > 1 and sqlite_path(settings.database) is not None:
        raise SettingsError(
            "workers above 1 need a database server: a SQLite file is one process's. Say "
            "--database postgresql://user@host/name, or leave workers at 1."
        )
    last = (settings.metrics_port or 0) + settings.workers - 1
    if settings.metrics_port is not None and (settings.metrics_port < 1 or last > 65_535):
        raise SettingsError(
            "metrics_port must be from 1 to 65535, also for the last of the workers, each of which "
            "takes the next one. Name a lower one."
        )
    return settings


def _tenants(tables: object, server: Settings, where: str) -> tuple[ServedTenant, ...]:
    """The tenants that tables of the TOML file name, each with what else the server has."""
    if not isinstance(tables, dict) or not all(isinstance(own, dict) for own in tables.values()):
        raise SettingsError(
            f"The setting tenants must be a table of tables, as in [tenants.acme]. It was found "
            f"{where}."
        )
    if len(tables) > MOST:
        raise SettingsError(f"The setting tenants must have at most {MOST} tables {where}.")
    served = tuple(_tenant(name, own, server, where) for name, own in tables.items())
    require_apart(served)
    return served


def _tenant(name: str, own: Mapping[str, object], server: Settings, where: str) -> ServedTenant:
    parsers.tenant("tenants", name)
    values = _parse(_flat(own), f"{where}, in [tenants.{name}]", known=_OF_A_TENANT)
    prefixes = values["prefixes"] = _prefixes(values, server.prefixes)
    limits = _table(values, "limits")
    values["limits"] = msgspec.structs.replace(server.limits, **limits)
    base = {each: getattr(server, each) for each in TenantSettings.__struct_fields__}
    if name != server.tenant:
        # What an issuer made is one tenant's.
        base["retired_issuers"] = ()
        base.pop("issuer")
    if "issuer" not in base | values:
        if not values.get("path"):
            raise SettingsError(
                f"Set tenants.{name}.issuer: by it JWTs of different tenants are told apart. "
                "A tenant with a path has the server's issuer and its path unless it has its own."
            )
        values["issuer"] = f"{server.issuer.rstrip('/')}{values['path']}"
    if server.talos is not None and name == server.tenant:
        _require_apart(server.talos.prefixes, prefixes)
    tenant = msgspec.convert(base | values | {"name": name}, ServedTenant)
    tenant.require_sound(f"tenants.{name}.")
    return tenant


def _table(values: dict[str, object], table: str) -> dict[str, object]:
    keys = [name for name in values if name.startswith(f"{table}.")]
    return {key.removeprefix(f"{table}."): values.pop(key) for key in keys}


def _prefixes(values: dict[str, object], given: Prefixes = DEFAULT_PREFIXES) -> Prefixes:
    try:
        return msgspec.convert(msgspec.structs.asdict(given) | _table(values, "prefixes"), Prefixes)
    except ValueError as error:
        raise SettingsError(f"The setting prefixes is wrong: {error}. Correct it.") from None


def _talos(values: dict[str, object], native: Prefixes) -> TalosSettings | None:
    given = _table(values, "talos")
    if not given:
        return None
    if "hmac_secret_file" not in given:
        raise SettingsError(
            "The settings of talos are without effect as long as talos.hmac_secret_file is not "
            "set. Name the file that holds its HMAC secrets, or take the others away."
        )
    named = {"prefixes": "issued", "macaroon_prefixes": "macaroon"}
    lists = {to: given.pop(name) for name, to in named.items() if name in given}
    try:
        prefixes = TalosPrefixes(**lists)  # type: ignore[arg-type]
    except ValueError as error:
        raise _wrong_talos(error) from None
    _require_apart(prefixes, native)
    return msgspec.convert(given | {"prefixes": prefixes}, TalosSettings)


def _require_apart(talos: TalosPrefixes, native: Prefixes) -> None:
    try:
        talos.require_apart(native)
    except ValueError as error:
        raise _wrong_talos(error) from None


def _wrong_talos(error: ValueError) -> SettingsError:
    return SettingsError(f"The setting talos is wrong: {error}. Correct it.")


def _data_home(env: Mapping[str, str]) -> Path:
    # The XDG rule: a relative path in the variable counts as unset.
    home = Path(env.get("XDG_DATA_HOME", ""))
    return home if home.is_absolute() else Path.home() / ".local" / "share"


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"The config file {path} can't be read: {error.strerror}. Check --config."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # Of the message only the place: the rest may quote what stands there.
        place = re.search(r"\((at [a-z0-9, ]+)\)", str(error))
        at = f" {place[1]}" if place else ""
        raise SettingsError(
            f"The config file {path} is not TOML in UTF-8{at}. Correct it."
        ) from None


def _flat(table: Mapping[str, object]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in table.items():
        if name in _TABLES and isinstance(value, dict):
            flat |= {f"{name}.{key}": each for key, each in value.items()}
        else:
            flat[name] = value
    return flat


def _from_env(env: Mapping[str, str]) -> dict[str, object]:
    keys = {_env_name(key): key for key in _PARSERS}
    found: dict[str, object] = {}
    for name, value in env.items():
        if not name.startswith(_ENV) or name in _OTHER_ENV or _SERVICE_LINK.fullmatch(name):
            continue
        if name == "MARZIPAN_PORT" and value.startswith("tcp://"):  # a service link too
            continue
        found[keys.get(name, name)] = value
    return found


def _env_name(key: str) -> str:
    return _ENV + key.upper().replace(".", "_")


def _parse(
    raw: Mapping[str, object],
    where: str,
    spell: Callable[[str], str] = str,
    known: Mapping[str, Callable[[str, object], object]] = _PARSERS,
) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in raw.items():
        parse = known.get(name)
        if parse is None:
            raise _unknown(name, where, [spell(key) for key in known])
        try:
            values[name] = parse(spell(name), value)
        except SettingsError as error:
            raise SettingsError(f"{error} It was found {where}.") from None
    return values


def _unknown(name: str, where: str, known: list[str]) -> SettingsError:
    # Compared without what all of them begin with, which would make any two alike.
    also = sorted(_OTHER_ENV) if name.startswith(_ENV) else []
    named = {each.removeprefix(_ENV): each for each in known + also}
    near = difflib.get_close_matches(name.removeprefix(_ENV), named, n=1)
    advice = f"Did you mean {named[near[0]]}?" if near else f"There are: {', '.join(known)}."
    return SettingsError(f"There is no setting {name} (found {where}). {advice}")
