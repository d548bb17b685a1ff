"""A secret that is sent anywhere shows nowhere: no answer, log, file or repr has it.

The routes come from the table, the fields from the schemas: what is new is covered. What may show a
secret is named here, and nothing else may.
"""

import io
import logging
import sys
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from engine.formats.talos import NIL
from engine.formats.talos.imported import talos_id
from server import logs
from storage.errors import StoreUnavailable
from tests.server.routes import canaries, paths
from tests.server.routes.canaries import KINDS, SHAPELESS
from tests.server.routes.conftest import operations
from tests.server.routes.every import asks, send

# It answers with the token that it was sent, made longer.
ECHOES = (paths.ATTENUATE,)

# What the redactor knows by its shape, should a library's exception have it in its words.
SHAPED = [kind for kind in KINDS if "raw" not in kind and "HMAC" not in kind]


class Log:
    """All that is logged at any level, before and after the redactor."""

    def __init__(self) -> None:
        self.raw, self.redacted = io.StringIO(), io.StringIO()
        logs.configure("debug")
        root = logging.getLogger()
        self.handlers = [logging.StreamHandler(self.raw), root.handlers[0]]
        root.handlers[0].setStream(self.redacted)
        root.handlers[:] = self.handlers  # the redactor changes the record for who comes after it
        self.handlers[0].setFormatter(logs.JsonLines())


@pytest.fixture
def log():
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield Log()
    root.handlers[:] = before[0]
    root.setLevel(before[1])


@pytest.fixture
def api(open_api, tmp_path: Path, old_talos):
    path = tmp_path / "talos.secret"
    path.write_text(f"{old_talos.secret}\n{canaries.HMAC}\n")
    path.chmod(0o600)
    return open_api(
        trusted_proxies=["127.0.0.0/8"],
        **{"talos.hmac_secret_file": str(path), "talos.issuers": [old_talos.issuer]},
    )


def written(folder):
    """The database as it stands on the disk, and what is written ahead of it."""
    paths = {path.name: path for path in folder.rglob("marzipan.db*") if path.is_file()}
    assert {"marzipan.db", "marzipan.db-wal"} <= set(paths)
    return {path.read_bytes() for path in paths.values()}


def found(secret, content):
    return [form for form in canaries.forms(secret) if form in content]


def deadly_last(asked):
    """What kills the credential that it is sent comes after all that may still take it for good."""
    return sorted(asked, key=lambda ask: "evoke" in ask.path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_that_is_sent_anywhere_shows_nowhere(
    api, kind, forge, old_talos, log, subject, tmp_path: Path
):
    secret = canaries.made(api, kind, forge, old_talos)
    about = subject._replace(credential=secret, raw_key=secret)
    statuses = set()
    for ask in deadly_last(asks(api, about)):
        for place in canaries.places(ask, secret):
            if canaries.kept(place):
                continue
            answer = send(api, place.method, place.path, place.body, **place.how)
            assert answer.status < 500, (ask.path, place.where, answer)
            statuses.add(answer.status)
            if not (ask.path in ECHOES and answer.status == 200):
                told = answer.body + repr(answer.headers).encode()
                assert not found(secret, told), (ask.path, place.where, answer)
    assert {200, 201, 400, 401, 404, 405} <= statuses
    gets = [ask for ask in asks(api, subject) if ask.method == "GET"]
    shown = [send(api, ask.method, ask.path).body for ask in gets]
    files = written(tmp_path)
    api.reopen()
    files |= written(tmp_path)
    for content in (*shown, *files, log.raw.getvalue().encode(), log.redacted.getvalue().encode()):
        assert not found(secret, content)
    if secret == SHAPELESS:
        unkeyed = talos_id(NIL, secret)
        assert unkeyed.encode() not in b"".join(files) + b"".join(shown)
        assert bytes.fromhex(unkeyed) not in b"".join(files)


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_in_what_is_kept_and_told_is_in_no_log_and_no_refusal(
    api, kind, forge, old_talos, log, subject
):
    secret = canaries.made(api, kind, forge, old_talos)
    for ask in deadly_last(asks(api, subject)):
        for place in canaries.inside(ask, secret):
            if canaries.kept(place):
                answer = send(api, place.method, place.path, place.body, **place.how)
                if answer.status >= 400:
                    assert not found(secret, answer.body), (ask.path, place.where, answer)
    assert not found(secret, log.raw.getvalue().encode())


@pytest.mark.parametrize("error", [StoreUnavailable("gone"), RuntimeError("the store broke")])
@pytest.mark.parametrize("kind", KINDS)
def test_no_failure_and_no_repr_of_what_was_in_hand_shows_a_secret(
    api, kind, forge, old_talos, log, subject, monkeypatch, error
):
    secret = canaries.made(api, kind, forge, old_talos)
    about = subject._replace(credential=secret, raw_key=secret)
    held: list[str] = []

    async def broken(*args, **named):
        held.extend(in_hand())
        raise error

    key = api.admin
    assert api.call("GET", paths.ISSUED).status_code == 200  # the caller's own record is in memory
    for name in operations():
        monkeypatch.setattr(api.node.store, name, broken)
    statuses = set()
    for ask in deadly_last(asks(api, about)):
        how = {"key": secret if ask.operation == "gateway_verify" else key}
        api.node.tenant.evict(bytes.fromhex(subject.issued.replace("-", "")))
        answer = send(api, ask.method, ask.path, ask.body, **how)
        statuses.add(answer.status)
        if not (ask.path in ECHOES and answer.status == 200):
            assert not found(secret, answer.body + repr(answer.headers).encode()), ask.path
    monkeypatch.undo()
    assert (503 if isinstance(error, StoreUnavailable) else 500) in statuses
    assert held and "Request(" in "".join(held)
    for content in (log.raw.getvalue(), log.redacted.getvalue(), "".join(held)):
        assert not found(secret, content.encode())


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if "raw" not in kind and "HMAC" not in kind]
)
def test_an_exception_that_carries_a_secret_is_logged_without_it(
    api, kind, forge, old_talos, log, subject, break_store
):
    secret = canaries.made(api, kind, forge, old_talos)
    if kind == "a signing key":
        secret = f"Bearer {secret}"
    break_store(RuntimeError(f"saw {secret} in it"))
    for ask in asks(api, subject):
        answer = send(api, ask.method, ask.path, ask.body)
        assert not found(secret, answer.body)
    assert "RuntimeError" in log.redacted.getvalue()
    assert not found(secret, log.redacted.getvalue().encode())


def in_hand():
    """The reprs of all values of our own types that the code which is running now holds."""
    frame = sys._getframe(1)
    while frame is not None:
        for value in frame.f_locals.values():
            for one in value if isinstance(value, (tuple, list)) else (value,):
                if type(one).__module__.partition(".")[0] in ("engine", "server", "storage"):
                    yield repr(one)
        frame = frame.f_back


def test_what_was_made_is_told_once_and_kept_nowhere(api, log, subject, tmp_path: Path):
    """The secrets of new keys and tokens are in the answer that made them alone."""
    made = set()
    for ask in deadly_last(asks(api, subject)):
        answer = send(api, ask.method, ask.path, ask.body)
        if answer.status in (200, 201) and answer.body:
            made |= set(secrets_in(msgspec.json.decode(answer.body)))
    assert len(made) >= 4  # issue, rotate, derive, attenuate
    files = b"".join(written(tmp_path))
    for secret in made:
        assert not found(secret, files + log.raw.getvalue().encode())


def secrets_in(told):
    if isinstance(told, dict):
        for name, value in told.items():
            if name in ("secret", "token", "access_token") and isinstance(value, str) and value:
                yield value
            yield from secrets_in(value)
    elif isinstance(told, list):
        for each in told:
            yield from secrets_in(each)


# Fields of a body that hold a secret, or bodies that do and are not decoded yet.
SECRETIVE = {
    "credential",
    "raw_key",
    "secret",
    "token",
    "requests",
    "access_token",
    "subject_token",
}


class Whatever:
    """Has what a repr asks for."""

    def __getattr__(self, name):
        return name


def test_no_repr_of_a_body_with_a_secret_shows_it():
    seen = set()
    for schema in canaries.schemas():
        types = {field.name: str(field.type) for field in msgspec.structs.fields(schema)}
        texts = {name for name, type_ in types.items() if "str" in type_ or "Raw" in type_}
        if secretive := SECRETIVE & texts:
            # No rule of the schema's own is asked: what is refused is printed too.
            bare = {"__post_init__": lambda self: None}
            probe = msgspec.defstruct("Probe", [], bases=(schema,), namespace=bare, frozen=True)
            values = dict.fromkeys(schema.__struct_fields__, Whatever())
            for name in secretive:
                raw = (msgspec.Raw(SHAPELESS.encode()),)
                values[name] = raw if name == "requests" else SHAPELESS
            body = probe(**values)
            console = Console(file=io.StringIO(), width=500)
            console.print(body, [body])
            assert SHAPELESS not in repr(body) + console.file.getvalue(), schema
            seen |= secretive
    assert seen >= {"credential", "raw_key", "secret", "token", "requests"}
