"""A raw key is in no file, no repr and no traceback; routes/test_canary.py has answers and logs."""

import io
import traceback
from pathlib import Path

import pytest
from rich.console import Console

from server.importing import NewImport
from server.keys import NewKey
from server.schemas import ImportRequest, decode, decode_items

IMPORTED = "/v2alpha1/admin/importedApiKeys"
# No shape that the redactor of the logs would know, so that nothing is hidden by it.
CANARY = "correct horse battery staple canary"


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
