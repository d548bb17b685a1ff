"""The seeds: small files in `corpus/<target>`, at least one for each form that a token may have.

python -m tests.fuzz.corpus     writes them again
"""

import pathlib

from engine import seal
from tests.engine.world import NOW, World
from tests.vectors import wire

FOLDER = pathlib.Path(__file__).parent / "corpus"


def seeds(target: str) -> list[bytes]:
    """The seeds of one target, in order of their names."""
    return [path.read_bytes() for path in sorted((FOLDER / target).iterdir())]


def made() -> dict[str, dict[str, bytes]]:
    """Every seed by target and name."""
    world = World()
    blocks = {
        "window": [[1, 0, NOW + 50]], "audience": [[2, ["a", "b"]]], "scopes": [[3, ["a:*", "*"]]],
        "network": [[4, [b"\x0a\0\0\0\x08", bytes(17)]]], "tools": [[5, ["a.*", "files.read"]]],
        "amount": [[6, "USD", 4999]], "http": [[7, ["GET"], ["/*", "/a/%41"]]],
        "resource": [[8, ["a/*", "*", "é/\U0001d4b3"]]], "delegate": [[9, "bot"]],
        "depth": [[10, 2**63 - 1]], "budget": [[11, "calls", 9, 60]], "body": [[12, b"h" * 32]],
        "binding": [[13, b"o" * 32]], "custom": [[64, "yes", b"p"]],
        "several": [[9, "agent"], [10, 0], [3, ["read:*"]]], "most": [[9, "a"]] * 32,
    }  # fmt: skip
    packed = {name: wire.pack([b"n" * 8, *block]) for name, block in blocks.items()}
    headers = {
        "key": wire.key_header(),
        "grant": wire.grant_header(scopes=["*"]),
        "full": wire.grant_header(
            scopes=["a:*", "read:a"], cidrs=[b"\x0a\0\0\0\x08", bytes(17)], audiences=["a", "é"],
            generation=300, claims=bytes(40), key_issued_at=NOW, expires_at=2**63 - 1,
        ),
    }  # fmt: skip
    texts = {
        "key": world.forge(headers["key"]),
        "grant": world.forge(headers["full"]),
        "chain": world.forge(headers["grant"], packed["scopes"], packed["delegate"]),
    }
    texts["sealed"] = seal(texts["chain"])
    return {
        "text": {name: text.encode() for name, text in texts.items()},
        "envelope": {name: world.unspell(text)[1] for name, text in texts.items()},
        "header": headers,
        "block": packed,
    }


def main() -> None:
    for target, files in made().items():
        (FOLDER / target).mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (FOLDER / target / name).write_bytes(data)


if __name__ == "__main__":
    main()
