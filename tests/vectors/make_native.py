"""Writes native.json: golden tokens of format version 1, and texts that must be refused.

Run by hand (`python tests/vectors/make_native.py`), never by the tests: a change of the file is a
change of the format. Bytes are hexadecimal; the file explains itself under "about".
"""

import json
import pathlib

from refused import refused
from wire import (
    MASTER,
    NAMES,
    NOW,
    block,
    fold,
    grant_fields,
    grant_header,
    key_header,
    pack,
    spell,
    step,
    tenant_key,
)

ABOUT = [
    "Golden vectors of the Marzipan token, format version 1. Bytes are hexadecimal.",
    "tokens: every intermediate value of tokens that verify under `record` (keys only) and",
    "`access`. tags are T0..Tn, revocation_ids R0..Rn; the denylist uses the key id or grant id",
    "in place of R0. texts.public is for a record of visibility PUBLIC, all others for SECRET.",
    "Clock leeway is 60 s, budgets are never spent, custom handlers answer as access.custom says.",
    "A custom handler's answer true is exactly True; every token here has at most 4 budgets.",
    "must_fail: texts refused by a verifier of tenant `default`, epoch 0, with the master secret",
    "of `verifier`, its record, and its access unless the case states its own.",
]
RECORD = {
    "key_id": (b"K" * 16).hex(),
    "master_id": 1,
    "issued_at": NOW,
    "expires_at": NOW + 100_000_000,
    "scopes": ["payments.execute", "read:*"],
}
ACCESS = {
    "now": NOW + 10,
    "client_ip": "10.1.2.3",
    "method": "GET",
    "path": "/v1/items/7?full=1",
    "scopes": ["read:items"],
    "tool": "files.read",
    "resource": "bucket/a/b",
    "amount": ["USD", 4999],
    "audience": "https://api.example",
    "body_hash": "b0" * 32,
    "binding": "b1" * 32,
    "custom": {"office-hours": True},
}
V4, V6 = bytes([10, 0, 0, 0, 8]), bytes.fromhex("20010db8" + "00" * 12) + b"\x20"
CAVEATS: list[list[object]] = [
    [1, NOW, NOW + 60],
    [2, ["https://api.example", "https://other.example"]],
    [3, ["read:items", "write:*"]],
    [4, [V4, V6]],
    [5, ["files.*", "search"]],
    [6, "USD", 4999],
    [7, ["GET", "HEAD"], ["/v1/items/*"]],
    [8, ["bucket/a/*"]],
    [9, "agent-7/ünder"],
    [10, 0],
    [11, "calls", 100, 3600],
    [12, bytes.fromhex("b0" * 32)],
    [13, bytes.fromhex("b1" * 32)],
    [64, "office-hours", b"\x00\xff"],
]


def plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    return [plain(one) for one in value] if isinstance(value, list) else value


def golden(
    name: str,
    header: bytes,
    *blocks: list[object],
    tenant: str = "default",
    epoch: int = 0,
    master: bytes = MASTER,
    fields: dict[str, object],
    record: dict[str, object] | None = None,
    expect: dict[str, object] | None = None,
) -> dict[str, object]:
    """One token; a block is [nonce, caveat, ...]."""
    key = tenant_key(master, tenant, epoch)
    data = [block(*rest, nonce=nonce) for nonce, *rest in blocks]
    tags, rids = fold(key, header, data)
    sealed = step(tags[-1], 3)[0]
    is_key = fields["tag"] == 1
    texts = {"sealed": spell("mz_ms", pack([header, data, sealed]))}
    bare = is_key and not blocks
    texts["open"] = spell("mz_ak" if bare else "mz_mc", pack([header, data, tags[-1]]))
    if bare:
        texts["public"] = spell("mz_pk", pack([header, data, tags[-1]]))
    return {
        "name": name,
        "master": {"id": fields["master_id"], "secret": master.hex()},
        "tenant": tenant,
        "epoch": epoch,
        "tenant_key": key.hex(),
        "header": header.hex(),
        "header_fields": {k: plain(v) for k, v in fields.items()},
        "blocks": [
            {
                "block": whole.hex(),
                "nonce": plain(nonce),
                "caveats": [{"type": NAMES[c[0]], "fields": plain(c[1:])} for c in rest],
            }
            for whole, (nonce, *rest) in zip(data, blocks, strict=True)
        ],
        "tags": [tag.hex() for tag in tags],
        "revocation_ids": [rid.hex() for rid in rids],
        "sealed_tail": sealed.hex(),
        "texts": texts,
        "record": (record or RECORD) if is_key else None,
        "access": ACCESS,
        "expect": expect or {},
    }


def key(name: str, *blocks: list[object], **kw: object) -> dict[str, object]:
    named = {"tag": 1, "master_id": 1, "tenant_epoch": kw.get("epoch", 0), "key_id": b"K" * 16}
    fields = named | {"issued_at": NOW} | kw.pop("fields", {})
    record = RECORD | {"master_id": fields["master_id"], "issued_at": fields["issued_at"]}
    header = key_header(**fields)
    return golden(name, header, *blocks, fields=fields, record=record, **kw)


def grant(name: str, *blocks: list[object], **kw: object) -> dict[str, object]:
    fields = grant_fields() | kw.pop("fields", {})
    return golden(name, grant_header(**fields), *blocks, fields=fields, **kw)


def padded_grant(size: int) -> dict[str, object]:
    """A grant whose header is exactly so long."""
    room = size - len(grant_header(claims=b"c" * 300)) + 300
    return grant(f"grant whose header is {size} bytes", fields={"claims": b"c" * room})


def numbered(number: int, *caveats: list[object]) -> list[object]:
    return [number.to_bytes(8, "big"), *caveats]


def tokens() -> list[dict[str, object]]:
    n8 = b"n" * 8
    worked = [n8, [6, "USD", 4999], [5, ["payments.execute"]]]
    filled = [
        64,
        "office-hours",
        b"p" * (1023 - len(block([64, "office-hours", b"p" * 300])) + 300),
    ]
    found = [
        key("worked example: key"),
        key("worked example: attenuated", worked),
        key("epoch 1", epoch=1),
        key("multi-byte tenant", tenant="müller-日本", epoch=7),
        key("longest tenant, last epoch", tenant="é" * 127 + "x", epoch=2**32 - 1),
        key("master id 255", fields={"master_id": 255}, master=bytes(range(32, 64))),
        key("issued at 0", fields={"issued_at": 0}),
        key("greatest integer", fields={"issued_at": 2**63 - 1}),
        grant("grant, nil networks and audiences"),
        grant(
            "grant, networks, audiences and claims",
            fields={
                "cidrs": [V4, V6],
                "audiences": ["https://api.example"],
                "claims": b'{"team":"blue"}',
                "generation": 3,
            },
        ),
        grant("grant of another tenant, narrowed", numbered(1, CAVEATS[0]), tenant="acme"),
        *map(padded_grant, (1022, 1023, 1024, 2047, 5000)),
        *(key(f"caveat {NAMES[c[0]]}", numbered(1, c)) for c in CAVEATS),
        key("every caveat in one block", [n8, *CAVEATS]),
        key("Budget in a currency", numbered(1, [11, "USD", 10_000, 86_400])),
        key("four budgets", numbered(1, *[[11, "calls", n, 60] for n in (1, 2, 3, 4)])),
        key("sixteen blocks", *[numbered(n, [9, f"agent-{n}"]) for n in range(16)]),
        key("MaxDepth counts blocks", numbered(1, [10, 1]), numbered(2, [10, 0])),
        key("block of 1,023 bytes", [n8, filled]),
        key("thirty-two caveats", [n8, *[[10, n] for n in range(32)]]),
        key("string of 256 bytes, two bytes each", numbered(1, [9, "é" * 128])),
        key("list of sixteen", numbered(1, [5, ["files.*", *(f"t{n}" for n in range(15))]])),
    ]
    by_name = {str(token["name"]): token for token in found}
    by_name["worked example: attenuated"]["expect"] = {
        "scopes": ["payments.execute", "read:*"],
        "expires_at": NOW + 100_000_000,
    }
    by_name["worked example: attenuated"]["access"] = ACCESS | {"tool": "payments.execute"}
    every = {"scopes": ["read:items"], "expires_at": NOW + 60, "delegates": ["agent-7/ünder"]}
    by_name["every caveat in one block"]["expect"] = every
    by_name["grant, networks, audiences and claims"]["expect"] = {
        "scopes": ["payments.execute", "read:*"],
        "audiences": ["https://api.example"],
        "generation": 3,
        "actor": "agent-7",
        "expires_at": NOW + 3600,
    }
    return found


def main() -> None:
    whole = {
        "about": ABOUT,
        "version": 1,
        "tokens": tokens(),
        "verifier": {
            "master": {"id": 1, "secret": MASTER.hex()},
            "tenant": "default",
            "epoch": 0,
            "record": RECORD,
            "access": {"now": NOW + 10},
        },
        "must_fail": refused(),
    }
    path = pathlib.Path(__file__).with_name("native.json")
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
