"""msgspec's complaints in words for people who never heard of it."""

import re

_NAMES = {
    "array": "a list",
    "bool": "true or false",
    "bytes": "bytes",
    "float": "a number",
    "int": "a whole number",
    "null": "null",
    "object": "an object",
    "str": "a text",
}
_EXPECTED = re.compile(
    r"Expected `([^`]+)`"
    r"(?: of length (?P<size>[<>]=) (?P<long>\d+)| (?P<than>[<>]=) (?P<n>-?\d+))?"
)


def rule(message: str) -> str | None:
    """The rule of "Expected `str | null`, got `int`", as "must be a text or null"; None for others.

    What was given is never repeated.
    """
    match = _EXPECTED.match(message)
    if match is None:
        return None
    if match["size"] == ">=" and match["long"] == "1":
        return "must not be empty"
    if match["size"]:
        bound = {">=": "at least", "<=": "at most"}[match["size"]]
        return f"must have a length of {bound} {match['long']}"
    if match["than"]:
        return f"must be {'at least' if match['than'] == '>=' else 'at most'} {match['n']}"
    return f"must be {' or '.join(_NAMES.get(name, name) for name in match[1].split(' | '))}"
