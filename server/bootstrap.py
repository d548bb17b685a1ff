"""From settings to a running node: schema, secrets, the first admin key.

A server initialises by itself when there is nothing yet, and never when the database already
holds check values: a lost secret file is brought back, not replaced. The database holds no secret;
a node whose secrets do not match its check values refuses to start.
"""

import contextlib
import hmac
import logging
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from engine import Keyring
from engine.formats.talos import Installation
from engine.redacted import Redacted
from storage import migrate_up, open_store
from storage.base import KeyFilter, Store
from storage.errors import Conflict, RequestReplayed

from . import peppers, secretfile, talossecrets
from .auth import SCOPES
from .keys import NewKey, issue
from .node import Clock, Node
from .secretfile import SecretFile, SecretFileError
from .secretwatch import SecretWatch
from .settings import Settings, TalosSettings, redact_url
from .snapshots.making import begin

_log = logging.getLogger("marzipan.imports")
_FIRST = "first admin key"  # under this name of a request one is made, whoever asks for it


class StartError(Exception):
    """The server can't start; the message says what happened, why, and what to do."""


class Initialised(Redacted, frozen=True):
    """What initialising made; `admin_key` is the secret, None where nothing was to be done."""

    admin_key: str | None
    admin_key_id: bytes | None
    admin_expires_at: int | None
    created: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Initialised(created={self.created!r})"


async def initialise(settings: Settings, clock: Clock = time.time) -> Initialised:
    """Make what is missing of schema, secret file and admin key. Doing it again changes nothing.

    Raises what `start` raises.
    """
    node, done = await start(settings, clock)
    await node.store.close()
    return done


async def start(
    settings: Settings, clock: Clock = time.time, *, anew: bool = True
) -> tuple[Node, Initialised]:
    """A ready node, initialised first where there was nothing yet, unless that may not be `anew`.

    Raises StartError, SecretFileError, TalosSecretError, PepperError or StoreError.
    """
    named = settings.peppers_file
    hmac_peppers = {} if named is None else peppers.load(named)
    talos = None if settings.talos is None else _talos(settings.talos)
    created = [f"schema ({name})" for name in await migrate_up(settings.database)]
    store = await open_store(settings.database)
    try:
        if not anew:
            await _require_initialised(store)
        secrets = await _secrets(settings, store, created)
        keyring = Keyring(secrets.current, secrets.retired)
        node = await Node.open(
            *(settings, store, keyring, clock, secrets.signing_keys, talos, hmac_peppers),
            begin=begin,
        )
        _warn_of_lost_peppers(node)
        await _warn_of_lost_talos(node)
        await _warn_of_the_unserved(node)
        node.secret_watch = SecretWatch(settings.secret_file, secrets.stamp)
        if not anew:
            return node, Initialised(None, None, None, tuple(created))
        return node, await _first_admin_key(node, created)
    except BaseException:
        await store.close()
        raise


@contextlib.asynccontextmanager
async def existing(settings: Settings, clock: Clock = time.time) -> AsyncIterator[Node]:
    """A node over what is there already, for offline commands; it makes nothing.

    Raises StartError, SecretFileError or StoreError, also where a server has the database open.
    """
    store = await open_store(settings.database)
    try:
        await _require_initialised(store)
        secrets = await _secrets(settings, store, [])
        keyring = Keyring(secrets.current, secrets.retired)
        yield await Node.open(settings, store, keyring, clock, begin=begin)
    finally:
        await store.close()


async def _require_initialised(store: Store) -> None:
    if not await store.checks():
        raise StartError("This database is not initialised yet. Say: marzipan init")


def _talos(old: TalosSettings) -> Installation:
    return Installation(
        secrets=talossecrets.load(old.hmac_secret_file),
        prefixes=old.prefixes,
        issuers=old.issuers,
        nid=old.nid,
        max_ttl=old.max_ttl,
        clock_skew=old.clock_skew,
    )


def _warn_of_lost_peppers(node: Node) -> None:
    lost = {kind for each in node.tenants() if each.index for kind in each.index.hashes.lost()}
    for kind in sorted(lost):
        _log.warning(
            "keys were imported as %s, and imports.peppers_file lacks that pepper: none of them is "
            "found until it is there",
            kind,
        )


async def _warn_of_lost_talos(node: Node) -> None:
    if node.settings.talos is None and await node.store.has_elsewhere(node.tenant.name):
        _log.warning(
            "keys of a Talos installation were taken over, and there are no settings of talos: "
            "none is valid until they are there; `marzipan import talos --dry-run` says which"
        )


async def _warn_of_the_unserved(node: Node) -> None:
    settings = node.settings
    if settings.tenant in settings.names():
        return
    if await node.store.list(settings.tenant, KeyFilter(now=node.now()), limit=1):
        _log.warning(
            "there are keys of tenant %s, and no table of tenants is that one's: nothing serves "
            "them until there is",
            settings.tenant,
        )


async def _secrets(settings: Settings, store: Store, created: list[str]) -> SecretFile:
    path, known = settings.secret_file, await store.checks()
    if not path.exists():
        if known:
            raise StartError(
                f"The secret file {path} is missing, and the keys in the database were made with "
                "it: a new one could verify none of them. Bring it back from where it is kept, or "
                "name it with --secret-file."
            )
        _create_secrets(path, created)
    elif not known and not settings.secret_file_named:
        # `a.db` and `a.sqlite` have one place for it, and with one secret each would take what the
        # other made, and had revoked.
        raise StartError(
            f"The secret file {path} is there already, and the database "
            f"{redact_url(settings.database)} is new: it may be another database's. If it is meant "
            f"for this one too, say --secret-file {path}; if not, name another."
        )
    secrets = secretfile.load(path)
    checks = {each.id: each.check_value() for each in (secrets.current, *secrets.retired)}
    for master_id, check in known.items():
        if master_id not in checks:
            raise StartError(
                f"The secret file {path} lacks master {master_id}, under which keys of this "
                "database were made. Bring it back, as retired if it is no longer current."
            )
        if not hmac.compare_digest(checks[master_id], check):
            raise _of_another_database(path, master_id)
    for master_id in checks.keys() - known.keys():
        try:
            await store.add_check(master_id, checks[master_id])
        except Conflict:
            # Another node has initialised the database since `checks` was asked.
            raise _of_another_database(path, master_id) from None
    return secrets


def _create_secrets(path: Path, created: list[str]) -> None:
    try:
        secretfile.create(path)
        created.append(f"secret file ({path})")
    except SecretFileError:
        # Another node on this machine has made it at the same moment: then it is for both.
        if not path.exists():
            raise


def _of_another_database(path: Path, master_id: int) -> StartError:
    return StartError(
        f"The secret file {path} does not belong to this database: its master {master_id} is "
        "another one. Bring back the right file, or name it with --secret-file. Every node over "
        "one database has a copy of the file that the first one made."
    )


async def _first_admin_key(node: Node, created: Sequence[str]) -> Initialised:
    if await node.store.list(node.system.name, KeyFilter(now=node.now()), limit=1):
        return Initialised(None, None, None, tuple(created))
    ttl = node.settings.max_ttl
    new = NewKey(name="first admin key", scopes=SCOPES, ttl=ttl, request_id=_FIRST)
    try:
        issued = await issue(node, node.system, new, "init")
    except RequestReplayed:
        # Another node that was started at the same moment has made it, and printed it.
        return Initialised(None, None, None, tuple(created))
    key = issued.key
    return Initialised(issued.text, key.key_id, key.expires_at, (*created, "admin key"))
