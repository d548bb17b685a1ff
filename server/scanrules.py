"""Rules by which secret scanners find the credentials of one installation.

Each is written for RE2 and Hyperscan, which know no lookaround. No rule can compute the checksum at
the end of a native credential: whoever has a match can, and so tell a real one from a likeness
without asking anybody (see `engine.text`).

Publishable keys have no rule: they are meant to be found.
"""

import re
from collections.abc import Sequence

import msgspec

from engine.formats.talos import TalosPrefixes
from engine.text import Prefixes

_BODY = "[A-Za-z0-9_-]"
_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_CRC = "_[0-9A-Za-z]{6}"
# A key is 65 bytes, or a few more for great numbers in it; with what is appended it is longer.
_KEY = f"_{_BODY}{{87,99}}{_CRC}"
_LONGER = f"_{_BODY}{{87,}}{_CRC}"
_TALOS_KEY = f"_v1_{_BASE58}{{20,128}}_{_BASE58}{{40,44}}"
_TALOS_MACAROON = f"_v1_{_BODY}{{80,}}"

# What may stand in front: an escaped quote or line end of JSON or of a URL ends in a letter.
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[nrt]"
_BEFORE = rf"(?:\b|{_ESCAPED})"


class Rule(msgspec.Struct, frozen=True):
    """What credentials of one prefix look like; `keyword` stands in each of them."""

    id: str
    description: str
    keyword: str
    pattern: str


def rules(prefixes: Prefixes, talos: TalosPrefixes | None = None) -> list[Rule]:
    """The rules for the configured prefixes, those of a Talos installation last."""
    told = [
        _rule("key", "Marzipan API key", prefixes.key, _KEY),
        _rule("macaroon", "Marzipan derived or narrowed token", prefixes.macaroon, _LONGER),
        _rule("sealed", "Marzipan sealed token", prefixes.sealed, _LONGER),
    ]
    if talos is not None:
        told += [_rule("talos-key", "Talos API key", one, _TALOS_KEY) for one in talos.issued]
        told += [
            _rule("talos-macaroon", "Talos macaroon", one, _TALOS_MACAROON)
            for one in talos.macaroon
        ]
    return told


def _rule(kind: str, what: str, prefix: str, rest: str) -> Rule:
    start = "_v1_" if rest.startswith("_v1_") else "_"
    name = f"marzipan-{kind}-{prefix.replace('_', '-')}"
    return Rule(name, f"{what} ({prefix})", prefix + start, re.escape(prefix) + rest)


def gitleaks(told: Sequence[Rule]) -> str:
    """A gitleaks configuration in TOML; the secret is the group of the match."""
    blocks = [
        f"[[rules]]\nid = {_quoted(rule.id)}\ndescription = {_quoted(rule.description)}\n"
        f"regex = '''{_BEFORE}({rule.pattern})(?:[^A-Za-z0-9_-]|$)'''\n"
        f"secretGroup = 1\nkeywords = [{_quoted(rule.keyword.lower())}]\n"
        for rule in told
    ]
    return "[extend]\nuseDefault = true\n\n" + "\n".join(blocks)


def trufflehog(told: Sequence[Rule]) -> str:
    """Custom detectors of TruffleHog in YAML, whose secret is the whole match."""
    items = [
        f"  - name: {_quoted(rule.id)}\n    keywords:\n      - {_quoted(rule.keyword.lower())}\n"
        f"    regex:\n      credential: '{_BEFORE}{rule.pattern}'\n"
        for rule in told
    ]
    return "detectors:\n" + "".join(items)


def github(told: Sequence[Rule]) -> str:
    """GitHub custom patterns in YAML: the secret's format, what stands before and what after."""
    items = [
        f"  - name: {_quoted(rule.description)}\n    type: {_quoted(rule.id)}\n"
        f"    regex:\n      version: 0.1\n      pattern: '{rule.pattern}'\n"
        f"      start: '\\A|[^0-9A-Za-z_]|{_ESCAPED}'\n      end: '\\z|[^0-9A-Za-z_-]'\n"
        for rule in told
    ]
    return 'name: "Marzipan credentials"\npatterns:\n' + "".join(items)


FORMATS = {"gitleaks": gitleaks, "trufflehog": trufflehog, "github": github}


def _quoted(text: str) -> str:
    # The same in TOML and in YAML.
    return msgspec.json.encode(text).decode()
