"""scan-rules: what secret scanners look for."""

import click

from server.scanrules import FORMATS, rules
from server.settings import load

from .local import config_option
from .terminal import put


@click.command("scan-rules", short_help="Rules for secret scanners, for your prefixes.")
@click.option(
    "chosen",
    "--format",
    type=click.Choice([*FORMATS, "all"]),
    default="all",
    show_default=True,
    help="Whose rules.",
)
@config_option
def scan_rules(chosen: str, config: str | None) -> None:
    """Print rules that find your credentials in code, logs and chats, for the configured prefixes.

    Publishable keys have none. A native credential ends in a checksum, so that a find can be told
    from a likeness offline: `marzipan token inspect` does.

    \b
    marzipan scan-rules --format gitleaks > .gitleaks.toml
    """
    settings = load({"config": config})
    old = None if settings.talos is None else settings.talos.prefixes
    each = [settings.prefixes, *(tenant.prefixes for tenant in settings.tenants)]
    known = {rule.id: rule for prefixes in each for rule in rules(prefixes)}
    told = list((known | {rule.id: rule for rule in rules(settings.prefixes, old)}).values())
    if chosen != "all":
        put(FORMATS[chosen](told).rstrip("\n"))
        return
    put("\n".join(f"# {name}\n{write(told)}" for name, write in FORMATS.items()).rstrip("\n"))
