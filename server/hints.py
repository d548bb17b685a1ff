"""The end of a key's text, by which whoever has the key before him finds its row."""

LENGTH = 4
_SHORTEST = 24


def hint_of(text: str) -> str:
    """The last characters of a key's text, "" where that is too short to spare any.

    A key of this server ends with a checksum of all that stands before it, the 256 secret bits
    included: whoever knows 4 of its base62 digits knows less than 24 bits about those, has more
    than 232 left to guess, and nothing to try his guesses on but the server. A raw key of another
    system has no such room for certain, so that one under 24 characters keeps them all to itself.
    """
    return text[-LENGTH:] if len(text) >= _SHORTEST else ""
