"""Headers, blocks and caveats that must be refused although they are properly MACed."""

from collections.abc import Iterator

from wire import NOW, Raw, block, grant_header, key_header, pack, token

Case = tuple[str, str, str]
BIG = 2**63
V4 = b"\x0a\0\0\0\x08"


def headers() -> Iterator[Case]:
    """By someone with the key: still there is one spelling, and only version 1."""
    key, grant = key_header(), grant_header()
    for name, header in {
        "array of 16-bit length": b"\xdc\0\x05" + key[1:],
        "tag of 8 bits": key_header(tag=Raw(b"\xcc\x01")),
        "master id of 8 bits": key_header(master_id=Raw(b"\xcc\x01")),
        "epoch of 16 bits": key_header(tenant_epoch=Raw(b"\xcd\0\0")),
        "issued_at of 64 bits": key_header(issued_at=Raw(b"\xcf" + NOW.to_bytes(8, "big"))),
        "issued_at signed": key_header(issued_at=Raw(b"\xd2" + NOW.to_bytes(4, "big"))),
        "key id of 16-bit length": key_header(key_id=Raw(b"\xc5\0\x10" + b"K" * 16)),
        "actor of 8-bit length": grant_header(actor=Raw(b"\xd9\x01a")),
        "scopes of 16-bit length": grant_header(scopes=Raw(b"\xdc\0\0")),
        "trailing byte": key + b"\0",
        "second header behind": key + key,
        "cut": key[:-1],
        "map": b"\x85" + key[1:],
        "nil": b"\xc0",
        "empty array": b"\x90",
        "tag 0": key_header(tag=0),
        "tag 3": key_header(tag=3),
        "tag a string": key_header(tag="1"),
        "tag true": key_header(tag=True),
        "tag 1.0": key_header(tag=1.0),
        "one field too many": pack([1, 1, 0, b"K" * 16, NOW, 0]),
        "one field too few": pack([1, 1, 0, b"K" * 16]),
        "grant with a field too many": b"\x9f" + grant[1:] + b"\xc0",
        "grant with a field too few": b"\x9d" + grant[1:-2],
        "key with the tag of a grant": key_header(tag=2),
        "master id 0": key_header(master_id=0),
        "master id 256": key_header(master_id=256),
        "master id true": key_header(master_id=True),
        "master id 1.0": key_header(master_id=1.0),
        "master id a string": key_header(master_id="1"),
        "master id nil": key_header(master_id=None),
        "epoch 2^32": key_header(tenant_epoch=2**32),
        "epoch false": key_header(tenant_epoch=False),
        "issued_at negative": key_header(issued_at=-1),
        "issued_at 2^63": key_header(issued_at=BIG),
        "key id of 15 bytes": key_header(key_id=b"K" * 15),
        "key id of 17 bytes": key_header(key_id=b"K" * 17),
        "key id a string": key_header(key_id="K" * 16),
        "grant id of 8 bytes": grant_header(grant_id=b"G" * 8),
        "grant without id": grant_header(grant_id=None),
        "actor in bytes": grant_header(actor=b"agent"),
        "actor of 257 bytes": grant_header(actor="a" * 257),
        "actor of 129 two-byte characters": grant_header(actor="é" * 129),
        "actor not UTF-8": grant_header(actor=Raw(b"\xa2\xc3\x28")),
        "actor a surrogate": grant_header(actor=Raw(b"\xa3\xed\xa0\x80")),
        "actor in an overlong form": grant_header(actor=Raw(b"\xa2\xc0\xae")),
        "scopes nil": grant_header(scopes=None),
        "scopes a string": grant_header(scopes="read"),
        "scope of 257 bytes": grant_header(scopes=["s" * 257]),
        "networks empty": grant_header(cidrs=[]),
        "network with host bits": grant_header(cidrs=[b"\x0a\0\0\x01\x08"]),
        "network of /33": grant_header(cidrs=[b"\x0a\0\0\0\x21"]),
        "network of six bytes": grant_header(cidrs=[V4 + b"\0"]),
        "network as text": grant_header(cidrs=["10.0.0.0/8"]),
        "audiences empty": grant_header(audiences=[]),
        "audience of 257 bytes": grant_header(audiences=["a" * 257]),
        "claims nil": grant_header(claims=None),
        "claims a string": grant_header(claims="{}"),
        "nested": key_header(issued_at=Raw(b"\x91" * 900 + b"\x90")),
        "5,001 bytes": grant_header(
            claims=b"c" * (5001 - len(grant_header(claims=b"c" * 300)) + 300)
        ),
    }.items():
        prefix = "mz_ak" if header[1:2] == b"\x01" else "mz_mc"
        yield f"header: {name}", "MalformedToken", token(header, prefix=prefix)


def blocks() -> Iterator[Case]:
    """Blocks that are none, although the tail matches."""
    one = block([10, 0])
    for name, data in {
        "nonce alone": block(),
        "33 caveats": block(*[[10, 0]] * 33),
        "nonce of 7 bytes": block([10, 0], nonce=b"n" * 7),
        "nonce of 9 bytes": block([10, 0], nonce=b"n" * 9),
        "nonce a string": block([10, 0], nonce="n" * 8),
        "nonce missing": pack([[10, 0], [10, 0]]),
        "nonce of 16-bit length": block([10, 0], nonce=Raw(b"\xc5\0\x08" + b"n" * 8)),
        "array of 16-bit length": b"\xdc\0\x02" + one[1:],
        "trailing byte": one + b"\0",
        "second block behind": one + one,
        "cut": one[:-1],
        "declared longer than it is": b"\x93" + one[1:],
        "map": b"\x81" + one[1:],
        "number": b"\x01",
        "not msgpack": b"\xc1\xc1",
    }.items():
        yield f"block: {name}", "MalformedToken", token(key_header(), [data])


def _unreadable() -> Iterator[tuple[str, str, object]]:
    """Caveats that deny by themselves: name, the type that the refusal names, caveat."""
    for tag in (0, 14, 63, 65, 99, 2**40):
        yield f"type {tag}", "Unknown", [tag, 0]
    yield "type negative", "Unknown", [-1, 0]
    yield "type a string", "Unknown", ["10", 0]
    yield "type true", "Unknown", [True, 0, 2**62]
    yield "type nil", "Unknown", [None, 0]
    yield "no type", "Unknown", []
    yield "a number", "Unknown", 10
    yield "a string", "Unknown", "MaxDepth"
    yield "nil", "Unknown", None
    yield "a map", "Unknown", Raw(b"\x81\x0a\0")
    yield "no type but a list", "Unknown", [[10], 0]
    yield "nested in its type", "Unknown", [Raw(b"\x91" * 100 + b"\x90"), 0]
    wrong: dict[str, list[list[object]]] = {
        "Window": [[1], [1, 0], [1, 0, BIG], [1, -1, NOW * 2], [1, False, NOW * 2],
                   [1, 0, NOW * 2, 0], [1, 0.0, NOW * 2], [1, None, NOW * 2], [1, "0", NOW * 2]],
        "Audience": [[2], [2, []], [2, "a"], [2, [b"a"]], [2, [""]], [2, ["a"], 0], [2, None]],
        "Scopes": [[3, []], [3, [1]], [3, [""]], [3, ["a*"]], [3, ["a:*:b"]], [3, ["*:a"]],
                   [3, ["s" * 257]]],
        "Network": [[4, []], [4, ["10.0.0.0/8"]], [4, [b"\x0a\0\0\x01\x08"]], [4, [V4[:4]]],
                    [4, [b"\x0a\0\0\0\x21"]], [4, [bytes(16) + b"\x81"]],
                    [4, [bytes(15) + b"\1\0"]], [4, [b""]], [4, V4]],
        "Tools": [[5, []], [5, ["*"]], [5, ["a*"]], [5, ["a.*.b"]], [5, [""]], [5, ["t"], ["u"]]],
        "Amount": [[6], [6, "USD"], [6, "USD", True], [6, "USD", -1], [6, "USD", 49.99],
                   [6, "USD", BIG], [6, "", 1], [6, b"USD", 1], [6, "USD", 1, 0], [6, 1, "USD"]],
        "Http": [[7, ["GET"]], [7, [], ["/a"]], [7, ["GET"], []], [7, ["GET"], ["/a/../b"]],
                 [7, ["GET"], ["/a//b"]], [7, ["GET"], ["/*/b"]], [7, ["GET"], ["/a*"]],
                 [7, ["GET"], ["/a?b"]], [7, ["GET"], [r"\a"]], [7, "GET", ["/a"]]],
        "Resource": [[8, []], [8, ["a/%2e"]], [8, ["a/"]], [8, [""]], [8, ["a/b*"]], [8, "a"]],
        "Delegate": [[9], [9, ""], [9, b"a"], [9, ["a"]], [9, "a", "b"], [9, "é" * 129],
                     [9, Raw(b"\xa2\xc3\x28")]],
        "MaxDepth": [[10], [10, True], [10, -1], [10, BIG], [10, "0"], [10, 0, 0], [10, 0.0],
                     [10, Raw(b"\x91" * 100 + b"\x90")]],
        "Budget": [[11, "calls", 1], [11, "calls", 1, 0], [11, "", 1, 1], [11, "calls", -1, 1],
                   [11, "calls", 1, BIG], [11, "calls", 1, 1, 1], [11, "calls", True, 1]],
        "BodyHash": [[12], [12, bytes(31)], [12, bytes(33)], [12, "b" * 32], [12, None]],
        "Binding": [[13], [13, bytes(31)], [13, bytes(33)], [13, "b" * 32], [13, bytes(32), 0]],
        "Custom": [[64, "office-hours"], [64, "office-hours", "text"], [64, "", b""],
                   [64, b"office-hours", b""], [64, "office-hours", None], [64, "n", b"", 0]],
    }  # fmt: skip
    for kind, rows in wrong.items():
        for number, row in enumerate(rows):
            yield f"{kind}, wrong {number}", kind, row
    yield "tag not minimal", "MaxDepth", [Raw(b"\xcc\x0a"), 0]
    yield "field not minimal", "MaxDepth", [10, Raw(b"\xcc\0")]
    yield "string not minimal", "Delegate", [9, Raw(b"\xd9\x01a")]
    yield "array not minimal", "MaxDepth", Raw(b"\xdc\0\x02\x0a\0")
    yield "list not minimal", "Tools", [5, Raw(b"\xdc\0\x01\xa1t")]


def _unmet() -> Iterator[tuple[str, str, str, object, dict[str, object]]]:
    """Readable caveats outside of which the access lies: name, error, type, caveat, access."""
    rows: list[tuple[str, object, dict[str, object]]] = [
        ("Window", [1, NOW + 71, NOW + 100], {}),
        ("Audience", [2, ["a"]], {}),
        ("Audience", [2, ["a"]], {"audience": "b"}),
        ("Scopes", [3, ["read:*"]], {"scopes": ["payments.execute"]}),
        ("Scopes", [3, ["payments.execute:*"]], {"scopes": ["payments.execute"]}),
        ("Network", [4, [V4]], {}),
        ("Network", [4, [V4]], {"client_ip": "11.0.0.1"}),
        ("Network", [4, [V4]], {"client_ip": "::ffff:11.0.0.1"}),
        ("Network", [4, [bytes(17)]], {"client_ip": "10.0.0.1"}),
        ("Tools", [5, ["files.*"]], {}),
        ("Tools", [5, ["files.*"]], {"tool": "filesystem"}),
        ("Amount", [6, "USD", 4999], {}),
        ("Amount", [6, "USD", 4999], {"amount": ["USD", 5000]}),
        ("Amount", [6, "USD", 4999], {"amount": ["EUR", 1]}),
        ("Http", [7, ["GET"], ["/a/*"]], {"path": "/a/b"}),
        ("Http", [7, ["GET"], ["/a/*"]], {"method": "GET"}),
        ("Http", [7, ["GET"], ["/a/*"]], {"method": "GET", "path": "/ab"}),
        ("Http", [7, ["GET"], ["/a/*"]], {"method": "GET", "path": "/a/../b"}),
        ("Http", [7, ["GET"], ["/a/*"]], {"method": "GET", "path": "/a/%2e%2e/b"}),
        ("Http", [7, ["GET"], ["/a/*"]], {"method": "GET", "path": "/a/..;x/b"}),
        ("Http", [7, ["GET"], ["/a/*"]], {"method": "GET", "path": "/a/b%C2%85"}),
        ("Http", [7, ["GET"], ["/a/*"]], {"method": "GET", "path": "/a/%c0%ae%c0%ae/b"}),
        ("Resource", [8, ["bucket/a/*"]], {}),
        ("Resource", [8, ["bucket/a/*"]], {"resource": "bucket/a"}),
        ("BodyHash", [12, bytes(32)], {}),
        ("BodyHash", [12, bytes(32)], {"body_hash": "01" * 32}),
        ("Binding", [13, bytes(32)], {}),
        ("Binding", [13, bytes(32)], {"binding": "01" * 32}),
        ("Budget", [11, "USD", 10, 60], {}),
        ("Budget", [11, "USD", 10, 60], {"amount": ["USD", 11]}),
        ("Custom", [64, "office-hours", b""], {}),
        ("Custom", [64, "office-hours", b""], {"custom": {"office-hours": False}}),
    ]
    for number, (kind, caveat, access) in enumerate(rows):
        yield f"unmet {number}: {kind}", "CaveatUnmet", kind, caveat, access
    yield "expired this second", "TokenExpired", "Window", [1, 0, NOW + 10], {}


def caveats() -> list[dict[str, object]]:
    """Every case stands second in its block, and that in turn second in the token."""
    head, first = key_header(), block([9, "first"])
    cases: list[dict[str, object]] = []
    for name, kind, caveat in _unreadable():
        text = token(head, [first, block([9, "here"], caveat)])
        found = {"block": 1, "index": 1, "caveat": kind}
        cases.append({"name": f"caveat: {name}", "error": "CaveatUnmet", "text": text} | found)
    for name, error, kind, caveat, access in _unmet():
        text = token(head, [first, block([9, "here"], caveat)])
        found = {"block": 1, "index": 1, "caveat": kind, "access": {"now": NOW + 10} | access}
        cases.append({"name": name, "error": error, "text": text} | found)
    deep = [block([10, 0], nonce=b"1" * 8), block([9, "x"], nonce=b"2" * 8)]
    at = {"block": 0, "index": 0, "caveat": "MaxDepth"}
    cases.append({"name": "too deep", "error": "CaveatUnmet", "text": token(head, deep)} | at)
    five = token(head, [block(*[[11, "calls", 9, 9]] * 3), block(*[[11, "calls", 9, 9]] * 2)])
    at = {"block": 1, "index": 1, "caveat": "Budget"}
    cases.append({"name": "five budgets", "error": "CaveatUnmet", "text": five} | at)
    return cases
