"""Which settings the credentials that were taken over need, and where this server's differ."""

import json
from collections.abc import Sequence
from pathlib import Path

from engine.formats.talos import NIL, TalosPrefixes
from server.settings import Settings

ISSUER = "https://talos.example"


def configuration(hmac_file: Path, prefixes: Sequence[str], nid: str) -> str:
    """The table of the configuration file with which they verify; the issuers are for who reads."""
    lines = [
        "[talos]",
        f"hmac_secret_file = {_quoted(str(hmac_file.absolute()))}",
        f"prefixes = [{', '.join(map(_quoted, prefixes))}]",
        f"issuers = [{_quoted(ISSUER)}]    # credentials.issuer of Talos, and its retired ones",
    ]
    return "\n".join([*lines, f"nid = {_quoted(nid)}"] if nid != NIL else lines)


def warnings(settings: Settings, hmac_file: Path, prefixes: Sequence[str], nid: str) -> list[str]:
    """Why credentials of this database would not verify under these settings."""
    own = settings.of(settings.tenant).prefixes
    try:
        TalosPrefixes(issued=tuple(prefixes), macaroon=()).require_apart(own)
    except ValueError as error:
        return [f"Keys of Talos can't be told from others: {error}. Change this server's prefixes."]
    old = settings.talos
    if old is None:
        return ["This server has no settings of talos yet: add those below, and restart it."]
    told = []
    if lacking := [each for each in prefixes if each not in old.prefixes.issued]:
        told.append(f"talos.prefixes lacks {', '.join(lacking)}, which keys of this database have.")
    if old.nid != nid:
        told.append(f"talos.nid is {old.nid}, and the rows are those of {nid}.")
    if old.hmac_secret_file.resolve() != hmac_file.resolve():
        told.append(f"talos.hmac_secret_file is another file: {old.hmac_secret_file}.")
    if not old.issuers:
        told.append("talos.issuers is empty, so no macaroon is accepted.")
    return told


def _quoted(text: str) -> str:
    # A basic string of TOML: what JSON escapes is escaped alike there.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
