"""A raw key shows nowhere: not in an answer, a log, an error, a repr, or a file."""

import io
import logging
import traceback
from pathlib import Path

import pytest
from rich.console import Console

from engine.formats.talos import NIL
from engine.formats.talos.imported import talos_id
from server import logs
from server.app import _admin, _public
from server.importing import NewImport
from server.keys import NewKey
from server.schemas import ImportRequest, decode, decode_items

IMPORTED = "/v2alpha1/admin/importedApiKeys"
# No shape that the redactor of the logs would know, so that nothing is hidden by it.
CANARY = "correct horse battery staple canary"


@pytest.fixture
def log():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure("debug")
    stream = io.StringIO()
    root.handlers[0].setStream(stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])


def posts(api, key_id):
    for route in [*_admin(api.node), *_public(api.node)]:
        if route.method in ("POST", "PATCH", "DELETE"):
            yield route.method, route.template.replace("{key_id}", key_id)


def test_a_raw_key_sent_through_every_route_shows_nowhere(api, tmp_path: Path, log, monkeypatch):
    key_id = api.import_key(CANARY, request_id="canary")
    grant = api.derive(CANARY)
    everywhere = [log.getvalue(), api.call("GET", IMPORTED).text, grant]
    item = {"raw_key": CANARY, "name": "n", "actor_id": "a", "ttl": "1s"}
    for raw in (CANARY, CANARY + "!"):
        for method, path in posts(api, key_id):
            items = [item | {"raw_key": raw}, item | {"raw_key": raw, "ttl": 5}]
            body = {**item, "raw_key": raw, "credential": raw, "requests": items}
            answer = api.call(method, path, body)
            everywhere.append(answer.text + str(answer.headers))
        everywhere.append(api.call("GET", "/v1/verify", key=raw).text)
        everywhere.append(api.call("GET", f"{IMPORTED}/{raw}").text)
    api.import_key(CANARY)

    async def broken(*_, **__):
        raise RuntimeError("the store broke")

    monkeypatch.setattr(api.node.store, "commit", broken)
    monkeypatch.setattr(api.node.store, "get_by_digest", broken)
    for method, path in posts(api, key_id):
        raw = CANARY + "?"
        body = {**item, "raw_key": raw, "credential": raw, "requests": [item | {"raw_key": raw}]}
        everywhere.append(api.call(method, path, body).text)
    monkeypatch.undo()
    api.reopen()
    files = [path.read_bytes() for path in tmp_path.rglob("marzipan.db*") if path.is_file()]
    assert len(files) >= 2 and "RuntimeError" in log.getvalue()
    shown = "".join((*everywhere, log.getvalue())).encode() + b"".join(files)
    for part in (CANARY, CANARY[:20], CANARY[-20:]):
        assert part.encode() not in shown
    unkeyed = talos_id(NIL, CANARY)
    assert unkeyed.encode() not in shown and bytes.fromhex(unkeyed) not in shown


def test_the_write_ahead_log_does_not_hold_it_either(api, tmp_path: Path):
    api.import_key(CANARY)
    files = {path.name: path.read_bytes() for path in tmp_path.rglob("marzipan.db*")}
    digest = api.node.tenant.index.digest(CANARY)
    assert any(digest in content for content in files.values())
    assert not any(CANARY.encode() in content for content in files.values())
    assert {"marzipan.db", "marzipan.db-wal"} <= set(files)


def test_no_repr_and_no_rich_print_shows_it(api):
    body = b'{"raw_key": "%s", "name": "n", "actor_id": "a"}' % CANARY.encode()
    new = NewImport(CANARY, NewKey())
    stored = api.node.tenant.records
    api.import_key(CANARY)
    for one in (decode(ImportRequest, body), new, [new], api.node.tenant.ids, stored):
        console = Console(file=io.StringIO(), width=500)
        console.print(one)
        assert CANARY not in repr(one) + console.file.getvalue()


@pytest.mark.parametrize("name", ["x" * 256, 5, None])
def test_no_traceback_of_a_refusal_shows_it(name):
    body = b'{"requests": [{"raw_key": "%s", "name": %s}]}' % (
        CANARY.encode(),
        b"null" if name is None else f'"{name}"'.encode() if isinstance(name, str) else b"5",
    )
    (raw,) = decode_items(body, 1)
    with pytest.raises(Exception) as caught:
        decode(ImportRequest, bytes(raw))
    assert CANARY not in "".join(traceback.format_exception(caught.value))
