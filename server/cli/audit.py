"""audit: who did what, whether the log is whole, and the heads that will prove it later."""

import asyncio
import hmac
import sys
from pathlib import Path
from typing import Annotated

import click
import msgspec

from engine import Keyring
from server import secretfile
from server.auditkeys import audit_keys
from server.settings import Settings, load
from storage import reading
from storage.base import SHARDS, AuditBreak, AuditHead
from storage.chain import AuditKeys

from . import secrets
from .api import Api, server_options
from .kinds import TEXT
from .local import config_option, database_option, local_options
from .output import emit, hint, json_option, put, table
from .words import minute


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shard: Annotated[int, msgspec.Meta(ge=0, lt=SHARDS)]
    seq: Annotated[int, msgspec.Meta(ge=1)]
    hash: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class _Heads(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    heads: tuple[_Head, ...]


@click.group(short_help="List the audit log, and verify its chain.")
def audit() -> None:
    """The audit log: who did what to which key.

    Its rows are chained under a key from the secret file, so whoever can write the database alone
    can alter none unseen. Putting the whole of it back to an earlier state needs no key: export
    the heads from time to time, and keep them where the server cannot write.

    \b
    marzipan audit heads > heads-2027-01-15.json
    marzipan audit verify --heads heads-2027-01-15.json
    """


@audit.command("list", short_help="Who did what to which key; asks a server.")
@click.option("--target", type=TEXT, metavar="ID", help="Only about this key or token.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--page-token", help="Where an earlier listing stopped.")
@server_options
@json_option
def list_(
    as_json: bool,
    server: str,
    admin_key_file: str | None,
    target: str | None,
    limit: int,
    page_token: str | None,
) -> None:
    """Who did what to which key, the newest first, from a running server.

    \b
    marzipan audit list --target KEY_ID
    """
    if target is not None and secrets.is_secret(target):
        raise click.UsageError(secrets.NOT_AN_ARGUMENT)
    answer = Api(server, admin_key_file).get(
        "/v1/audit", page_size=limit, page_token=page_token, target=target
    )
    if as_json:
        emit(answer)
        return
    rows = [
        (minute(e["time"]), e["action"], e["target"], e["caller"], _told(e["detail"]))
        for e in answer["audit"]
    ]
    if rows:
        table("Audit", ("time", "action", "target", "by", "detail"), rows)
    else:
        hint("The audit has nothing about it.")
    if answer["next_page_token"]:
        hint(f"more: --page-token {answer['next_page_token']}")


def _told(detail: object) -> str:
    return msgspec.json.encode(detail).decode() if detail else ""


@audit.command("heads")
@database_option
@config_option
def heads_(**flags: object) -> None:
    """Print the last row of every shard as JSON, to be kept elsewhere. A server may be running."""
    found = asyncio.run(reading.audit_heads(load(flags).database))
    emit(
        {"heads": [{"shard": h.shard, "seq": h.seq, "hash": h.hash.hex()} for h in found if h.seq]}
    )


@audit.command(short_help="Walk the chain; say where it breaks.")
@click.option(
    "exported",
    "--heads",
    metavar="FILE",
    help="What `audit heads`, or GET /v1/audit/heads, gave earlier: all of that must be there.",
)
@click.option(
    "--allow-unkeyed",
    is_flag=True,
    help="Take rows on trust that an older version wrote, before the chain was keyed.",
)
@local_options
@json_option
def verify(as_json: bool, exported: str | None, allow_unkeyed: bool, **flags: object) -> None:
    """Walk every chain, and say where it breaks; exit code 1 where it does. A server may run.

    Without --heads it cannot be seen that the database, or one shard of it, was put back as a whole
    to an earlier state, nor that all rows of a shard are gone.
    """
    settings = load(flags)
    heads = () if exported is None else _read(Path(exported))
    broken, rows = asyncio.run(_verify(settings, heads, allow_unkeyed))
    if as_json:
        emit({"broken": broken, "rows": rows})
    elif broken is not None:
        put(f"The audit breaks at shard {broken.shard}, row {broken.seq}: {broken.why}.")
    else:
        put(f"The audit is whole: {rows} rows.")
        if exported is None:
            hint("Without --heads, a database that was put back to an earlier state looks whole.")
    sys.exit(0 if broken is None else 1)


async def _verify(
    settings: Settings, heads: tuple[AuditHead, ...], unkeyed: bool
) -> tuple[AuditBreak | None, int]:
    file = secretfile.load(settings.secret_file)
    keyring = Keyring(file.current, file.retired)
    values = {each.id: each.check_value() for each in (file.current, *file.retired)}
    for master_id, check in (await reading.checks(settings.database)).items():
        if not hmac.compare_digest(values.get(master_id, check), check):
            raise click.ClickException(
                f"The secret file {settings.secret_file} does not belong to this database. Name "
                "the right one with --secret-file."
            )
    keys = AuditKeys(keyring.current.id, audit_keys(keyring))
    found = await reading.audit_heads(settings.database)
    broken = await reading.verify_audit(settings.database, keys, heads, unkeyed=unkeyed)
    return broken, sum(head.seq for head in found)


def _read(path: Path) -> tuple[AuditHead, ...]:
    try:
        said = msgspec.json.decode(path.read_bytes(), type=_Heads)
    except OSError as error:
        raise click.ClickException(f"{path} can't be read: {error.strerror}.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise click.ClickException(f"{path} is not what `marzipan audit heads` gives.") from None
    return tuple(
        AuditHead(shard=each.shard, seq=each.seq, hash=bytes.fromhex(each.hash))
        for each in said.heads
    )
