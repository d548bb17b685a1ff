"""tenant: what concerns all of a tenant's credentials at once."""

import asyncio

import click

from server import epochs
from server.parsers import SYSTEM_TENANT
from server.settings import load

from .local import advice, alone, local_options
from .output import emit, hint, json_option, put


@click.group(short_help="End everything minted for a tenant.")
def tenant() -> None:
    """What concerns all credentials of a tenant at once.

    These work on the database and the secret file, as `init` does. A SQLite database belongs to one
    process at a time: stop the server first. Over Postgres servers may run.
    """


@tenant.command("raise-epoch", short_help="End everything minted before.")
@click.option(
    "name",
    "--tenant",
    metavar="NAME",
    help=f"The tenant that is served unless given; {SYSTEM_TENANT} is the admin keys'.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@local_options
@json_option
def raise_epoch(as_json: bool, name: str | None, yes: bool, **flags: object) -> None:
    """End everything minted for a tenant before now: keys, derived tokens, all narrowed from them.

    For a leaked root key or master secret, where a rotation is not enough. What was taken over
    from another system was not minted here, and lives on. Servers that run over Postgres refuse it
    at once; one over a SQLite file from its next start on.

    \b
    marzipan tenant raise-epoch
    """
    settings = load(flags)
    chosen = settings.tenant if name is None else name
    epochs.check(settings, chosen)
    if not yes:
        when = " from the next start on" if alone(settings) else ""
        hint(
            f"Every API key of tenant {chosen!r}, every token and JWT derived from one, and all "
            f"that was narrowed from those will be refused{when}. No command brings them back."
        )
        click.confirm("End all of them?", abort=True, err=True)
    done = asyncio.run(epochs.raise_epoch(settings, chosen))
    lost = ""
    if done.admin_key is not None:
        lost = f"The new admin key is lost; make another: {advice('admin-keys issue', flags)}"
    if as_json:
        emit({"tenant": done.tenant, "epoch": done.epoch, "admin_key": done.admin_key}, lost)
        return
    hint(f"The epoch of tenant {done.tenant!r} is {done.epoch}: what was minted before is dead.")
    if done.admin_key is None:
        hint("Its keys are still listed; `marzipan keys rotate` gives each a successor.")
        return
    hint("\nThe admin keys died with it. A new one, shown this once:\n")
    put(done.admin_key, lost)
