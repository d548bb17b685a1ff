"""signing-keys: the keys in the secret file by which derived JWTs are signed."""

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

import click

from server import keylife, secretfile
from server.handlers.jwks import MAX_AGE_S
from server.settings import Settings, load
from server.signingkeys import Algorithm, SigningKey, signing
from server.timestamps import from_seconds

from .context import moment
from .output import emit, hint, json_option, table

Command = TypeVar("Command", bound=Callable[..., Any])
Keys = keylife.Keys

_RESTART = "A server that is running keeps the keys it read: restart it."
_HYPHEN_KID = re.compile(r"-[A-Za-z0-9_-]{42}")
_ALGORITHMS = click.Choice([each.value for each in Algorithm], case_sensitive=False)


def _file_options(command: Command) -> Command:
    """Give a command what names the secret file, as `serve` takes it."""
    for option in (
        click.option("--config", metavar="FILE", help="A TOML file; also $MARZIPAN_CONFIG."),
        click.option("--database", metavar="URL", help="The server's, beside whose file it is."),
        click.option("--secret-file", metavar="PATH", help="The master secrets."),
    ):
        command = option(command)
    return json_option(command)


def _end_options(command: Command) -> Command:
    """Give a command the end of the key that it retires."""
    for option in (
        click.option(
            "strand",
            "--strand-live-tokens",
            is_flag=True,
            help="Let the key end before the tokens that it signed.",
        ),
        click.option(
            "end",
            "--end",
            metavar="TIME",
            help="When it stops verifying: RFC 3339, or from now such as +2h, or `now`; once all "
            "that it signed has expired unless given.",
        ),
    ):
        command = option(command)
    return command


@click.group("signing-keys", short_help="Manage the keys that sign JWTs.")
def signing_keys() -> None:
    """List, make, rotate and retire the keys that sign derived JWTs, in the secret file.

    \b
    marzipan signing-keys generate      published from the next restart, signs nothing yet
    marzipan signing-keys rotate        it signs; the one that signed only verifies
    """


@signing_keys.command("list")
@_file_options
def list_(as_json: bool, **flags: Any) -> None:
    """List the keys, oldest first."""
    keys = secretfile.load(load(flags).secret_file).signing_keys
    _show(keys, int(time.time()), as_json)


@signing_keys.command()
@click.option("--algorithm", type=_ALGORITHMS, default=Algorithm.EDDSA.value, show_default=True)
@_file_options
def generate(as_json: bool, algorithm: str, **flags: Any) -> None:
    """Make a key on standby: published, so that others know it before it signs.

    \b
    marzipan signing-keys generate --algorithm rs256
    """
    key = SigningKey.generate(Algorithm(algorithm))
    keys, now = _change(load(flags), lambda keys: keylife.add(keys, key))
    _show(keys, now, as_json)
    hint(f"made {key.kid}. {_RESTART}")
    hint(f"next, {MAX_AGE_S} seconds after that or later: marzipan signing-keys rotate")


@signing_keys.command()
@click.option("--algorithm", type=_ALGORITHMS, help="Of the key that shall sign.")
@_end_options
@_file_options
def rotate(
    as_json: bool, algorithm: str | None, end: str | None, strand: bool, **flags: Any
) -> None:
    """Let the newest key on standby sign, or a new one; the one that signed only verifies.

    \b
    marzipan signing-keys rotate
    marzipan signing-keys rotate --end now --strand-live-tokens     the key has leaked
    """
    settings = load(flags)
    terms = _terms(settings, end, strand)
    wanted = None if algorithm is None else Algorithm(algorithm)
    made: list[SigningKey] = []

    def change(keys: Keys) -> Keys:
        following = keylife.standby(keys, wanted)
        if following is None:
            current = signing(keys)
            same = Algorithm.EDDSA if current is None else Algorithm(current.public.algorithm)
            following = SigningKey.generate(wanted or same)
            made.append(following)
        return keylife.rotate(keys, following, terms)

    keys, now = _change(settings, change)
    _show(keys, now, as_json)
    if made:
        hint(
            f"warning: none was on standby. Whoever caches the JWKS does not know {made[0].kid} "
            f"for up to {MAX_AGE_S} seconds and refuses what it signs; `generate` first avoids it."
        )
    hint(_RESTART)


class _TakesKid(click.Command):
    """One kid in 64 begins with a hyphen, and would be taken for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        kids = [each for each in args if _HYPHEN_KID.fullmatch(each)]
        others = [each for each in args if each not in kids]
        return super().parse_args(ctx, [*others, "--", *kids] if kids else others)


@signing_keys.command(cls=_TakesKid)
@click.argument("kid")
@_end_options
@_file_options
def retire(as_json: bool, kid: str, end: str | None, strand: bool, **flags: Any) -> None:
    """Give a retired key another end, or drop one on standby.

    \b
    marzipan signing-keys retire KID --end +400d
    """
    settings = load(flags)
    terms = _terms(settings, end, strand)
    keys, now = _change(settings, lambda keys: keylife.retire(keys, kid, terms))
    _show(keys, now, as_json)
    hint(_RESTART)


def _terms(settings: Settings, end: str | None, strand: bool) -> keylife.Terms:
    now = int(time.time())
    ends = None if end is None else now if end == "now" else moment(end, now, "--end")
    return keylife.Terms(now=now, max_ttl=settings.longest_ttl(), end=ends, strand=strand)


def _change(settings: Settings, change: Callable[[Keys], Keys]) -> tuple[Keys, int]:
    """Change the file, and drop what has ended, saying so."""
    now = int(time.time())
    dropped: list[SigningKey] = []

    def changed(keys: Keys) -> Keys:
        after = change(keys)
        kept = keylife.live(after, now)
        dropped[:] = [key for key in (*keys, *after) if key.kid not in {k.kid for k in kept}]
        return kept

    try:
        keys = secretfile.change_signing_keys(settings.secret_file, changed)
    except keylife.LifeError as error:
        raise click.ClickException(str(error)) from None
    for kid in dict.fromkeys(key.kid for key in dropped):
        hint(f"removed {kid}: it verifies nothing any more")
    return keys, now


def _show(keys: Keys, now: int, as_json: bool) -> None:
    told = [
        {
            "kid": key.kid,
            "algorithm": key.public.algorithm,
            "state": "ended" if key.public.ended(now) else key.state.value,
            "retire_time": None if key.retired_at is None else from_seconds(key.retired_at),
            "end_time": None if key.end is None else from_seconds(key.end),
        }
        for key in keys
    ]
    if as_json:
        emit({"signing_keys": told})
        return
    columns = ("kid", "algorithm", "state", "retired", "verifies until")
    table("Signing keys", columns, [tuple(each.values()) for each in told])
