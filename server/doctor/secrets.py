"""The files with secrets: whether they can be used, and belong to the database."""

import hmac
from collections.abc import Callable, Sequence
from pathlib import Path

from server import peppers, secretfile, talossecrets
from server.peppers import PepperError
from server.secretfile import SecretFileError
from server.settings import Settings
from server.talossecrets import TalosSecretError
from storage import is_initialised, reading
from storage.errors import StoreError

from .finding import FAIL, OK, Finding

_FILES = (SecretFileError, PepperError, TalosSecretError)


def _file(name: str, path: Path, load: Callable[[Path], object]) -> Finding:
    try:
        load(path)
    except _FILES as error:
        return Finding(name, FAIL, str(error))
    return Finding(name, OK, f"{path} can be read by us alone")


async def check_files(settings: Settings) -> Sequence[Finding]:
    """Whether every file that is named can be read, by us alone."""
    found = [_file("secret file", settings.secret_file, secretfile.load)]
    if settings.peppers_file is not None:
        found.append(_file("peppers", settings.peppers_file, peppers.load))
    if settings.talos is not None:
        file = settings.talos.hmac_secret_file
        found.append(_file("secrets of Talos", file, talossecrets.load))
    return found


async def check_values(settings: Settings) -> Sequence[Finding]:
    """Whether the master secrets are those of the database; nothing where either is not there."""
    try:
        if not await is_initialised(settings.database):
            return ()
        known = await reading.checks(settings.database)
        file = secretfile.load(settings.secret_file)
    except (StoreError, SecretFileError):
        return ()  # told of already
    values = {each.id: each.check_value() for each in (file.current, *file.retired)}
    for master_id, check in known.items():
        if not hmac.compare_digest(values.get(master_id, b""), check):
            return [
                Finding(
                    "check values",
                    FAIL,
                    f"master {master_id} of the database is not in {settings.secret_file}",
                    "Bring back the right file, or name it with --secret-file.",
                )
            ]
    return [Finding("check values", OK, f"all {len(known)} masters of the database are in there")]
