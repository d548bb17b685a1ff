"""The texts of native.json that must be refused, each with the class of error and the reason."""

from collections.abc import Iterator

import refused_inside as inside
from wire import (
    MASTER,
    NOW,
    Raw,
    block,
    body,
    crc6,
    fold,
    grant_header,
    key_header,
    pack,
    sign,
    spell,
    step,
    tenant_key,
    token,
)

KEY = tenant_key(MASTER, "default", 0)
HEAD = key_header()
ONE = block([9, "one"], nonce=b"1" * 8)
TWO = block([9, "two"], nonce=b"2" * 8)
SIX = block([9, "six"], nonce=b"6" * 8)
TAGS, RIDS = fold(KEY, HEAD, [ONE, TWO, SIX])
Case = tuple[str, str, str]  # name, expected error, text


def chains() -> Iterator[Case]:
    """Blocks and tails moved about; every text is well formed and has the right checksum."""
    three = [ONE, TWO, SIX]
    for name, blocks in {
        "first block dropped": [TWO, SIX],
        "middle block dropped": [ONE, SIX],
        "last block dropped": [ONE, TWO],
        "all blocks dropped": [],
        "blocks reordered": [TWO, ONE, SIX],
        "last blocks swapped": [ONE, SIX, TWO],
        "block repeated": [ONE, TWO, SIX, SIX],
        "blocks joined": [ONE + TWO, SIX],
        "block split": [ONE[:5], ONE[5:], TWO, SIX],
        "block moved into the header's place": [HEAD, ONE, TWO, SIX],
    }.items():
        yield name, "BadTail", token(HEAD, blocks, tail=TAGS[3])
    other = key_header(key_id=b"L" * 16)
    others, _ = fold(KEY, other, three)
    yield "header of another key", "BadTail", token(other, three, tail=TAGS[3])
    yield "tail of another key", "BadTail", token(HEAD, three, tail=others[3])
    yield "block of a sibling", "BadTail", token(HEAD, [ONE, SIX, SIX], tail=TAGS[3])
    yield "first byte of a block", "BadTail", token(HEAD, [b"\x93" + ONE[1:]], tail=TAGS[1])
    grown = grant_header(scopes=["payments.execute", "read:*", "admin"])
    yield (
        "scope added to a grant",
        "BadTail",
        token(grown, tail=fold(KEY, grant_header(), [])[0][0]),
    )

    sealed = step(TAGS[1], 3)[0]
    after = step(sealed, 2, TWO)[0]
    yield "sealed, block appended", "BadTail", token(HEAD, [ONE, TWO], tail=after)
    yield (
        "sealed, block appended, still called sealed",
        "BadTail",
        token(HEAD, [ONE, TWO], tail=after, prefix="mz_ms"),
    )
    yield "sealed twice", "BadTail", token(HEAD, [ONE], tail=step(sealed, 3)[0], prefix="mz_ms")
    yield "sealed tail as an open one", "MalformedToken", token(HEAD, [ONE], tail=sealed)
    yield "revocation id twice as the tail", "BadTail", token(HEAD, [ONE], tail=RIDS[1] * 2)
    yield "revocation id, zero filled", "BadTail", token(HEAD, [ONE], tail=RIDS[1] + bytes(16))
    yield "revocation id as the tail", "MalformedToken", token(HEAD, [ONE], tail=RIDS[1])
    yield "tag and revocation id", "MalformedToken", token(HEAD, [ONE], tail=TAGS[1] + RIDS[1])
    yield "tail of 31 bytes", "MalformedToken", token(HEAD, tail=TAGS[0][:31])
    yield "tail of 33 bytes", "MalformedToken", token(HEAD, tail=TAGS[0] + b"\0")
    yield "tail of no bytes", "MalformedToken", token(HEAD, tail=b"")
    yield "tail of zeros", "BadTail", token(HEAD, tail=bytes(32))
    for op in (0, 2, 3):
        yield f"header under op {op}", "BadTail", token(HEAD, tail=step(KEY, op, HEAD)[0])
    yield "block under op 1", "BadTail", token(HEAD, [ONE], tail=step(TAGS[0], 1, ONE)[0])
    yield "tenant key as the tail of nothing", "BadTail", token(HEAD, tail=KEY)
    yield "master secret as the tenant key", "BadTail", token(HEAD, key=MASTER)


def keys() -> Iterator[Case]:
    """Properly MACed, by someone else or for something else."""
    yield "another tenant", "BadTail", token(HEAD, key=tenant_key(MASTER, "other", 0))
    yield "another epoch's key", "BadTail", token(HEAD, key=tenant_key(MASTER, "default", 1))
    yield "another master secret", "BadTail", token(HEAD, key=tenant_key(bytes(32), "default", 0))
    yield "epoch 1", "UnknownKey", token(key_header(tenant_epoch=1))
    yield "master id 2", "UnknownKey", token(key_header(master_id=2))
    yield "issued at another second", "UnknownKey", token(key_header(issued_at=NOW - 1))
    yield "key as a macaroon", "MalformedToken", token(HEAD, prefix="mz_mc")
    yield "key as sealed", "MalformedToken", token(HEAD, prefix="mz_ms")
    yield "secret key as publishable", "MalformedToken", token(HEAD, prefix="mz_pk")
    yield "narrowed key as a key", "MalformedToken", token(HEAD, [ONE], prefix="mz_ak")
    yield "narrowed key as publishable", "MalformedToken", token(HEAD, [ONE], prefix="mz_pk")
    yield "narrowed key as sealed", "MalformedToken", token(HEAD, [ONE], prefix="mz_ms")
    yield "grant as a key", "MalformedToken", token(grant_header(), prefix="mz_ak")
    yield "sealed as a key", "MalformedToken", token(HEAD, sealed=True, prefix="mz_ak")
    yield "sealed as a macaroon", "MalformedToken", token(HEAD, [ONE], sealed=True, prefix="mz_mc")
    yield "grant expired", "TokenExpired", token(grant_header(expires_at=NOW + 10))
    yield "grant of the future", "CaveatUnmet", token(grant_header(issued_at=NOW + 71))
    yield "grant for no audience here", "CaveatUnmet", token(grant_header(audiences=["x"]))
    yield "grant for a network", "CaveatUnmet", token(grant_header(cidrs=[b"\x0a\0\0\0\x08"]))


def texts() -> Iterator[Case]:
    """The same bytes, spelled otherwise."""
    good = token(HEAD)
    raw = pack([HEAD, [], TAGS[0]])
    signed = good[:-7]
    for size in (0, 3, 6, 7, 40, len(good) - 7, len(good) - 1):
        error = "MalformedToken" if size < 6 else "ChecksumMismatch"
        yield f"cut to {size} characters", error, good[:size]
    flipped = good[:20] + ("A" if good[20] != "A" else "B") + good[21:]
    yield "one character mistyped", "ChecksumMismatch", flipped
    yield "checksum of another", "ChecksumMismatch", f"{signed}_{crc6('')}"
    yield "checksum in the other case", "ChecksumMismatch", f"{signed}_{good[-6:].swapcase()}"
    yield "checksum of five digits", "ChecksumMismatch", good[:-6] + good[-5:]
    yield "checksum joined by a hyphen", "ChecksumMismatch", f"{signed}-{good[-6:]}"
    yield "newline at the end", "ChecksumMismatch", good + "\n"
    yield "space before", "MalformedToken", " " + good
    yield "no prefix", "MalformedToken", sign(body(raw))
    yield "unknown prefix", "MalformedToken", spell("mz_xx", raw)
    yield "prefix in capitals", "MalformedToken", spell("MZ_AK", raw)
    yield "other than ASCII", "MalformedToken", good[:-1] + "é"
    assert len(raw) % 3 == 2, "one character of padding, two stray bits"
    yield "padding", "MalformedToken", sign(f"{signed}=")
    yield "stray bits", "MalformedToken", sign(signed[:-1] + _next(signed[-1]))
    standard = signed[:6] + signed[6:].replace("-", "+").replace("_", "/")
    assert standard != signed, "the example has a character of either alphabet"
    yield "standard alphabet", "MalformedToken", sign(standard)
    yield "space inside", "MalformedToken", sign(signed[:30] + " " + signed[30:])
    yield "newline inside", "MalformedToken", sign(signed + "\n")
    yield "one character too many", "MalformedToken", sign(f"mz_ak_{'A' * 81}")
    yield "not msgpack", "MalformedToken", sign("mz_ak_AAAA")
    yield "8,193 bytes", "MalformedToken", sign("mz_ak_" + "A" * (8193 - 13))


def _next(character: str) -> str:
    """The base64 digit that differs in its lowest bit."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return digits[digits.index(character) ^ 1]


def envelopes() -> Iterator[Case]:
    """Envelopes of any shape but the one; the chain is right wherever there is one."""
    tail = TAGS[0]
    long_head, long_tail = Raw(b"\xc5\0\x1b" + HEAD), Raw(b"\xc5\0\x20" + tail)
    assert len(HEAD) == 0x1B
    for name, raw in {
        "array of 16-bit length": b"\xdc\0\x03" + pack([HEAD, [], tail])[1:],
        "array of 32-bit length": b"\xdd\0\0\0\x03" + pack([HEAD, [], tail])[1:],
        "header of 16-bit length": pack([long_head, [], tail]),
        "tail of 16-bit length": pack([HEAD, [], long_tail]),
        "blocks of 16-bit length": pack([HEAD, Raw(b"\xdc\0\0"), tail]),
        "trailing byte": pack([HEAD, [], tail]) + b"\0",
        "second token behind": pack([HEAD, [], tail]) * 2,
        "two parts": pack([HEAD, tail]),
        "four parts": pack([HEAD, [], tail, None]),
        "map": b"\x81" + pack(HEAD) + pack(tail),
        "nil blocks": pack([HEAD, None, tail]),
        "header a string": pack([Raw(b"\xbb" + HEAD), [], tail]),
        "tail a string": pack([HEAD, [], Raw(b"\xd9\x20" + tail)]),
        "header empty": pack([b"", [], step(KEY, 1, b"")[0]]),
        "cut inside the tail": pack([HEAD, [], tail])[:-1],
        "declared longer than it is": b"\x93\xc6\xff\xff\xff\xff" + HEAD,
        "nested": b"\x91" * 2000,
        "no bytes that mean anything": b"\xc1",
    }.items():
        yield f"envelope: {name}", "MalformedToken", spell("mz_ak", raw)
    for name, blocks in {
        "17 blocks": [ONE] * 17,
        "empty block": [b""],
        "block of 1,024 bytes": [block([64, "n", b"p" * (1024 - 17)])],
    }.items():
        yield name, "MalformedToken", token(HEAD, blocks)
    text = spell("mz_mc", pack([HEAD, [Raw(pack("text"))], tail]))
    yield "block a string", "MalformedToken", text


def refused() -> list[dict[str, object]]:
    cases: list[dict[str, object]] = []
    for group in (chains, keys, texts, envelopes, inside.headers, inside.blocks):
        cases += [{"name": n, "error": e, "text": t} for n, e, t in group()]
    cases += inside.caveats()
    names = [str(case["name"]) for case in cases]
    assert len(set(names)) == len(names), "names are unique"
    return cases
