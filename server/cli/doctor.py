"""doctor: look at everything that a server stands on, and say what to mend."""

import asyncio
import sys

import click
import msgspec

from server.doctor import FAIL, Finding, examine
from server.settings import load

from .local import local_options, redis_option
from .output import emit, json_option, put
from .terminal import cell


@click.command(short_help="Check database, clocks, secrets, Redis and settings.")
@local_options
@redis_option
@json_option
def doctor(as_json: bool, **flags: object) -> None:
    """Check database, clocks, secrets, Redis and settings, and say what to mend.

    One line for each thing: ok, warn or fail. Exit code 1 where one fails. It changes nothing, and
    a server may run meanwhile.
    """
    found = asyncio.run(examine(load(flags)))
    failed = any(finding.level == FAIL for finding in found)
    if as_json:
        emit({"ok": not failed, "checks": [msgspec.structs.asdict(each) for each in found]})
    else:
        put("\n".join(map(_line, found)))
    sys.exit(1 if failed else 0)


def _line(finding: Finding) -> str:
    said = cell(finding.message).removesuffix(".")
    told = f"{finding.level:<5} {finding.check:<16} {said}."
    return f"{told} {cell(finding.advice)}".rstrip()
