"""A whole node on a SQLite file, asked over HTTP without a socket, on a clock that tests move."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine import (
    Keyring,
    Kind,
    MasterSecret,
    Revocation,
    TenantKeys,
    actor_target,
    attenuate,
    chain,
    header,
    text,
)
from engine.caveats import MaxDepth
from engine.envelope import join, split
from server import bootstrap, housekeeping, masters, settings
from server.app import create_app, table
from server.keys import NewKey, issue
from server.node import Node
from server.routes import Route
from storage.base import SHARDS, AuditEvent, Change, KeyFilter, LogEntry, NewRevocation
from tests.server.documented import check_documented

KINDS = frozenset(Kind)

ISSUED = "/v2alpha1/admin/issuedApiKeys"
IMPORTED = "/v2alpha1/admin/importedApiKeys"
APIKEYS = "/v2alpha1/admin/apiKeys"


class Clock:
    """Unix seconds that stand still until a test moves them."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


class Api:
    """One node and its HTTP interface; `call` answers when the response is there."""

    def __init__(self, runner: asyncio.Runner, clock: Clock, flags: Mapping[str, Any]) -> None:
        self.runner, self.clock, self.flags = runner, clock, dict(flags)
        self.settings = settings.load(self.flags, {})
        self.node: Node
        self.admin = ""
        self.initialised = self.open()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(coroutine)

    def open(self) -> bootstrap.Initialised:
        self.node, done = self.run(bootstrap.start(self.settings, self.clock))
        self.admin = done.admin_key or self.admin
        return done

    def reopen(self, **flags: Any) -> bootstrap.Initialised:
        """Stop the node, and start another one on the same files."""
        self.close()
        self.flags |= flags
        self.settings = settings.load(self.flags, {})
        return self.open()

    def table(self) -> list[Route]:
        """The routes of the tenant that is asked."""
        return table(self.node, self.node.tenant)

    def close(self) -> None:
        self.run(housekeeping.stop(self.node))

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "",
        peer: str = "127.0.0.1",
        headers: Mapping[str, str] | list[tuple[bytes, bytes]] | None = None,
    ) -> httpx.Response:
        """`key` "" is the first admin key, None sends no Authorization; bytes are sent as is."""
        given = httpx.Headers(headers or {})
        if key is not None and "authorization" not in given:
            given["Authorization"] = f"Bearer {key or self.admin}"
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        transport = httpx.ASGITransport(app=create_app(self.node), client=(peer, 5))
        async with httpx.AsyncClient(transport=transport, base_url="http://mz") as client:
            extra = content if body is not None else {}
            answer = await client.request(method, path, headers=given, **extra)
        check_documented(self.node, method, path, answer)
        return answer

    def call(self, method: str, path: str, body: Any = None, **how: Any) -> httpx.Response:
        return self.run(self.send(method, path, body, **how))

    def together(self, *requests: Coroutine[Any, Any, httpx.Response]) -> list[httpx.Response]:
        """All at once, as concurrent tasks of one loop."""

        async def gather() -> list[httpx.Response]:
            return list(await asyncio.gather(*requests))

        return self.run(gather())

    def issue(self, **fields: Any) -> tuple[str, str]:
        """The id and the secret of a new key."""
        answer = self.call("POST", ISSUED, fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["issued_api_key"]["key_id"], answer.json()["secret"]

    def import_key(self, raw_key: str, **fields: Any) -> str:
        """The id of a raw key that is imported now."""
        body = {"raw_key": raw_key, "name": "legacy", "actor_id": "owner", **fields}
        answer = self.call("POST", IMPORTED, body)
        assert answer.status_code == 201, answer.text
        return answer.json()["key_id"]

    def get(self, key_id: str) -> dict[str, Any]:
        answer = self.call("GET", f"{ISSUED}/{key_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def derive(self, credential: str, **fields: Any) -> str:
        body = {"credential": credential, "algorithm": "TOKEN_ALGORITHM_MACAROON", **fields}
        answer = self.call("POST", f"{APIKEYS}:derive", body)
        assert answer.status_code == 200, answer.text
        return answer.json()["token"]["token"]

    def verify(self, credential: str, **fields: Any) -> dict[str, Any]:
        answer = self.call("POST", f"{APIKEYS}:verify", {"credential": credential, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def code(self, credential: str, **fields: Any) -> str:
        """The verdict in one word: "ok", or the error code without its common beginning."""
        told = self.verify(credential, **fields)
        assert told["is_valid"] is ("error_code" not in told)
        return "ok" if told["is_valid"] else told["error_code"].removeprefix("VERIFICATION_ERROR_")

    def narrow(self, credential: str, *caveats: Any) -> str:
        return attenuate(credential, *(caveats or (MaxDepth(16),))).text

    def admin_key(self, *scopes: str, caveats: tuple[Any, ...] = (), **fields: Any) -> str:
        """A new key in the system tenant."""
        new = NewKey(scopes=scopes, **fields)
        text = self.run(issue(self.node, self.node.system, new, "test")).text
        return self.narrow(text, *caveats) if caveats else text

    def log(self) -> list[LogEntry]:
        """The whole revocation log, without what nodes only tell each other."""

        async def read() -> list[LogEntry]:
            pages = [await self.node.store.read(shard, 0, 100_000) for shard in range(SHARDS)]
            return [entry for page in pages for entry in page if entry.kind in KINDS]

        return self.run(read())

    def keys(self) -> int:
        """How many keys there are, of both tenants."""

        async def count() -> int:
            which = KeyFilter(now=self.node.now())
            tenants = (self.node.tenant.name, self.node.system.name)
            lists = [await self.node.store.list(name, which, limit=100_000) for name in tenants]
            return sum(map(len, lists))

        return self.run(count())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def open_api(runner: asyncio.Runner, clock: Clock, tmp_path: Path) -> Iterator[Callable[..., Api]]:
    """Opens a node on tmp_path/marzipan.db, or another `name`, with more settings."""
    opened: list[Api] = []

    def open_(name: str = "marzipan", **flags: Any) -> Api:
        database = f"sqlite:///{tmp_path}/{name}/marzipan.db"
        opened.append(Api(runner, clock, {"database": database, **flags}))
        return opened[-1]

    yield open_
    for api in opened:
        api.close()


@pytest.fixture
def api(open_api: Callable[..., Api]) -> Api:
    return open_api()


@pytest.fixture
def problem() -> Callable[..., dict[str, Any]]:
    """Checks that a response is the error envelope with a status, and gives its `error`."""

    def check(answer: httpx.Response, status: int, reason: str | None = None) -> dict[str, Any]:
        assert answer.status_code == status, f"{answer.status_code} {answer.text}"
        assert answer.headers["content-type"] == "application/json"
        error = answer.json()["error"]
        (detail,) = error["details"]
        assert error["code"] == status and error["message"] and error["status"]
        assert detail["domain"] == "www.ory.com/talos"
        assert detail["@type"] == "type.googleapis.com/google.rpc.ErrorInfo"
        if reason is not None:
            assert detail["reason"] == reason
        return {**error, "reason": detail["reason"], "metadata": detail.get("metadata", {})}

    return check


@pytest.fixture
def revoke_actor() -> Callable[[Api, str], None]:
    """Revokes all that was issued to an actor up to now, as a sibling route or node would."""

    def revoke(api: Api, actor: str) -> None:
        node, now = api.node, api.node.now()
        entry = NewRevocation(
            revocation=Revocation(Kind.ACTOR, actor_target(node.tenant.name, actor), now),
            expires_at=now + 86_400,
        )
        event = AuditEvent(action="actor.revoke", caller="test")
        change = Change(tenant=node.tenant.name, at_ms=now * 1000, audit=event, revoke=(entry,))
        api.run(node.commit(change))

    return revoke


@pytest.fixture
def rotate_master() -> Callable[[Api], None]:
    """Makes a new master current, and starts a node that has it."""

    def rotate(api: Api) -> None:
        masters.rotate(api.settings.secret_file, now=api.node.now(), longest=600)
        api.reopen()

    return rotate


class Forge:
    """Credentials that look right and are not."""

    def tail(self, token: str) -> str:
        """The same token with another tail, its checksum right."""
        prefix, data = text.decode(token)
        return text.encode(prefix, data[:-1] + bytes([data[-1] ^ 1]))

    def unknown(self, api: Api, prefix: str = "mz_ak") -> str:
        """A key with an authentic chain and no record."""
        return api.node.tenant.keys.mint_key(now=api.node.now(), prefix=prefix).text

    def foreign(self, prefix: str = "mz_ak", tenant: str = "default") -> str:
        """A key of another house."""
        keys = Keyring(MasterSecret(1, bytes(32))).tenant(tenant)
        return keys.mint_key(now=1_800_000_000, prefix=prefix).text

    def grant(self, api: Api, secret: str, keys: TenantKeys | None = None, **fields: Any) -> str:
        """A grant under the key that `secret` is, as the server's own but for `fields`.

        Whoever has a tenant's root key can write it; `keys` are the current ones unless given.
        """
        keys = keys or api.node.tenant.keys
        key = header.decode(split(text.decode(secret)[1])[0])
        now = api.node.now()
        terms: dict[str, Any] = {
            "master_id": keys.current_id,
            "tenant_epoch": keys.epoch,
            "key_id": key.key_id,
            "key_issued_at": key.issued_at,
            "generation": 0,
            "grant_id": secrets.token_bytes(16),
            "issued_at": now,
            "expires_at": now + 600,
            "actor": "",
            "scopes": (),
            "cidrs": None,
            "audiences": None,
            "claims": b"",
        }
        data = header.encode(header.GrantHeader(**(terms | fields)))
        return self._minted("mz_mc", data, keys)

    def key(self, secret: str, keys: TenantKeys, **fields: Any) -> str:
        """A key of the id that `secret` has, as whoever has a tenant's root keys can write it."""
        old = header.decode(split(text.decode(secret)[1])[0])
        terms = {"master_id": keys.current_id, "issued_at": old.issued_at} | fields
        made = header.KeyHeader(key_id=old.key_id, tenant_epoch=keys.epoch, **terms)
        return self._minted("mz_ak", header.encode(made), keys)

    def _minted(self, prefix: str, data: bytes, keys: TenantKeys) -> str:
        root = keys.root(header.decode(data).master_id)
        assert root is not None
        return text.encode(prefix, join(data, [], chain.start(root.secret, data)))

    def prefix(self, token: str, prefix: str) -> str:
        """The same bytes under another text prefix."""
        return text.encode(prefix, text.decode(token)[1])


@pytest.fixture
def forge() -> Forge:
    return Forge()
