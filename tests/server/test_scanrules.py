"""Each rule finds real credentials whole in the text that they leak into, and nothing alike.

The rules are read out of what is printed, and run by RE2, as the scanners do.
"""

import json
import tomllib
import uuid
from urllib.parse import quote

import pytest
import re2

from engine import Keyring, MasterSecret, attenuate, seal
from engine.caveats import Amount, MaxDepth, Tools
from engine.formats.talos import TalosPrefixes
from engine.text import Prefixes
from server.scanrules import FORMATS, _rule, rules

NATIVE = Prefixes(key="acme_ak", public="acme_pk", macaroon="acme_mc", sealed="acme_ms")
TALOS = TalosPrefixes(issued=("ory_ak", "prod"), macaroon=("mc",))
RULES = rules(NATIVE, TALOS)
NOW = 1_800_000_000


def yaml_items(text, start):
    """The items of a YAML list of mappings in the plain style that is printed."""
    items = []
    for line in text.splitlines():
        if line.startswith(start):
            items.append({})
        name, colon, value = line.strip().removeprefix("- ").partition(": ")
        if colon and items:
            quoted = value.startswith(("'", '"'))
            items[-1][name] = value[1:-1] if quoted else value
    return items


def compiled(told):
    """(scanner, rule's id) -> its expression, and the group that is the secret."""
    found = {}
    for rule in tomllib.loads(FORMATS["gitleaks"](told))["rules"]:
        found["gitleaks", rule["id"]] = re2.compile(rule["regex"]), rule["secretGroup"]
    for each in yaml_items(FORMATS["trufflehog"](told), "  - name: "):
        found["trufflehog", each["name"]] = re2.compile(each["credential"]), 0
    for each in yaml_items(FORMATS["github"](told), "  - name: "):
        around = f"(?:{each['start']})({each['pattern']})(?:{each['end']})"
        found["github", each["type"]] = re2.compile(around), 1
    return found


EXPRESSIONS = compiled(RULES)


def finds(text, scanner):
    """What a scanner's rules find in a text."""
    found = []
    for (name, _), (expression, group) in EXPRESSIONS.items():
        if name == scanner:
            found += [match.group(group) for match in expression.finditer(text)]
    return found


@pytest.fixture(scope="module")
def credentials(old_talos):
    """Many of every shape, by the rule that is for them."""
    small = Keyring(MasterSecret(1, bytes(32))).tenant("default")
    great = Keyring(MasterSecret(255, bytes(32))).tenant("default", 2**32 - 1)
    made = {rule.id: [] for rule in RULES}
    for number in range(50):
        for keys, at in ((small, NOW + number), (great, 2**40)):
            minted = keys.mint_key(now=at, prefix=NATIVE.key)
            narrowed = attenuate(minted.text, MaxDepth(1), prefixes=NATIVE).text
            for _ in range(number % 4):
                caveats = (Amount("USD", number), Tools([f"tool{number}" * 9]))
                narrowed = attenuate(narrowed, *caveats, prefixes=NATIVE).text
            terms = {
                "key_issued_at": at,
                "now": at,
                "expires_at": at + 60,
                "actor": "",
                "scopes": (),
            }
            grant = keys.mint_grant(minted.key_id, **terms, prefix=NATIVE.macaroon)
            made["marzipan-key-acme-ak"].append(minted.text)
            made["marzipan-macaroon-acme-mc"] += [narrowed, grant.text]
            sealed = [seal(one, prefixes=NATIVE) for one in (minted.text, narrowed, grant.text)]
            made["marzipan-sealed-acme-ms"] += sealed
        key_id = str(uuid.UUID(int=number * 2**96 + number, version=4))
        for prefix in TALOS.issued:
            key = old_talos.key(key_id=key_id, issued_at=NOW + number, prefix=prefix)
            made[f"marzipan-talos-key-{prefix.replace('_', '-')}"].append(key)
        claims = old_talos.claims(jti=key_id)
        made["marzipan-talos-macaroon-mc"].append(old_talos.macaroon(first=claims))
    assert all(len(some) >= 50 for some in made.values())
    return made


WITHIN = {
    "alone": lambda text: text,
    "a line": lambda text: f"{text}\n",
    "json": lambda text: json.dumps({"a": text, "b": [1]}),
    "json in json": lambda text: json.dumps({"log": json.dumps({"a": f"\n{text}\n"})}),
    "a query": lambda text: f"https://x.example/v?key={text}&b=1#c",
    "a quoted query": lambda text: f"https://x.example/v?key={quote(json.dumps(text), safe='')}",
    "a path": lambda text: f"https://x.example/{text}/next",
    "a header": lambda text: f"Authorization: Bearer {text}\r\n",
    "a password": lambda text: f"https://user:{text}@x.example/",
    "a variable": lambda text: f"export ACME_KEY={text} # mine",
    "yaml": lambda text: f"key: '{text}'\n",
    "a sentence": lambda text: f"I lost ({text}). Sorry.",
    "a list": lambda text: f"{text}, {text}; {text}",
}


@pytest.mark.parametrize("scanner", FORMATS)
@pytest.mark.parametrize("within", WITHIN)
def test_every_credential_is_found_whole_in_whatever_it_leaked_into(credentials, scanner, within):
    for some in credentials.values():
        for text in some:
            found = finds(WITHIN[within](text), scanner)
            found = [
                one.lstrip("%0123456789ABCDEF\\n") if scanner == "trufflehog" else one
                for one in found
            ]
            assert found == [text] * (3 if within == "a list" else 1), (within, text)


@pytest.mark.parametrize("scanner", ["gitleaks", "trufflehog"])
def test_one_character_between_two_credentials_hides_neither(credentials, scanner):
    for some in credentials.values():
        assert finds(",".join(some), scanner) == some


@pytest.mark.parametrize("scanner", FORMATS)
def test_each_is_found_by_its_own_rule_and_by_no_other(credentials, scanner):
    for rule_id, some in credentials.items():
        for text in some:
            hits = {
                name
                for (which, name), (expression, _) in EXPRESSIONS.items()
                if which == scanner and expression.search(text)
            }
            assert hits == {rule_id}


@pytest.mark.parametrize("scanner", FORMATS)
def test_what_only_looks_alike_is_not_found(credentials, scanner):
    keys = credentials["marzipan-key-acme-ak"]
    alike = [
        *(f"x{text}" for text in keys),
        *(text.replace("acme_", "acne_") for some in credentials.values() for text in some),
        *(text.upper() for text in keys),
        *(text.replace("acme_ak", "acme_pk") for text in keys),
        *(text[:60] for some in credentials.values() for text in some),
        "acme_ak_" + "x" * 20,
        "the prefix acme_ak_ alone, and mc_v1_ too",
    ]
    # A key of the usual size has no spare character: cut within its checksum it is none.
    alike += [text[:-cut] for text in keys if len(text) == 102 for cut in range(1, 7)]
    ours = [text for text in alike if not text.startswith(("ory_", "prod_", "mc_"))]
    for text in ours:
        assert finds(f'"{text}"', scanner) == [], text


@pytest.mark.parametrize("scanner", ["gitleaks", "github"])
def test_a_token_that_was_cut_within_its_checksum_is_not_found_whole(credentials, scanner):
    for name in ("marzipan-macaroon-acme-mc", "marzipan-sealed-acme-ms"):
        for text in credentials[name]:
            for cut in range(1, 7):
                assert finds(text[:-cut], scanner) == []


def test_the_keyword_by_which_texts_are_chosen_is_in_every_credential(credentials):
    for rule in RULES:
        assert all(rule.keyword in text for text in credentials[rule.id])
    keywords = [rule["keywords"] for rule in tomllib.loads(FORMATS["gitleaks"](RULES))["rules"]]
    assert keywords == [[rule.keyword.lower()] for rule in RULES]


def test_no_rule_needs_what_scanners_lack():
    for rule in RULES:
        assert "(?" not in rule.pattern.replace("(?:", "") and "\\1" not in rule.pattern


def test_a_prefix_stands_for_itself_whatever_it_holds():
    rule = _rule("key", "x", "a.b+(c", "_[0-9]{3}")
    expression = re2.compile(rule.pattern)
    assert expression.fullmatch("a.b+(c_123") and not expression.fullmatch("aXbb(c_123")
    for write in FORMATS.values():
        assert rule.pattern in write([rule])


def test_ids_are_unlike_each_other():
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
