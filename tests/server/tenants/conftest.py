"""One server of two tenants, and all kinds of things that are one of theirs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine import seal
from tests.server.api.conftest import *  # noqa: F403
from tests.server.api.conftest import APIKEYS, IMPORTED, ISSUED, Api

CONFIG = """
issuer = "https://keys.example"
[tenants.acme]
hosts = ["acme.example", "xn--acm-dma.example"]
path = "/t/acme"
[tenants.globex]
hosts = ["globex.example", "[2001:db8::1]"]
path = "/t/globex"
"""


class At:
    """One tenant of a server, asked below its path."""

    def __init__(self, api: Api, name: str) -> None:
        self.api, self.name, self.base = api, name, f"/t/{name}"

    @property
    def tenant(self):
        return self.api.node.of(self.name)

    def call(self, method, path, body=None, **how):
        return self.api.call(method, self.base + path, body, **how)

    def issue(self, **fields):
        """The id and the secret of a new key."""
        told = self.call("POST", ISSUED, fields)
        assert told.status_code == 201, told.text
        return told.json()["issued_api_key"]["key_id"], told.json()["secret"]

    def import_key(self, raw_key):
        told = self.call("POST", IMPORTED, {"raw_key": raw_key, "name": "old", "actor_id": "owner"})
        assert told.status_code == 201, told.text
        return told.json()["key_id"]

    def derive(self, credential, kind="MACAROON"):
        body = {"credential": credential, "algorithm": f"TOKEN_ALGORITHM_{kind}"}
        told = self.call("POST", f"{APIKEYS}:derive", body)
        assert told.status_code == 200, told.text
        return told.json()["token"]["token"]

    def code(self, credential):
        """The verdict in one word: "ok", or the error code without its common beginning."""
        told = self.call("POST", f"{APIKEYS}:verify", {"credential": credential}).json()
        return told.get("error_code", "ok").removeprefix("VERIFICATION_ERROR_")


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], str]:
    """Writes a TOML file, and gives its path."""

    def write(text: str) -> str:
        path = tmp_path / "tenants.toml"
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture
def api(open_api, config) -> Api:
    return open_api(config=config(CONFIG))


@pytest.fixture
def acme(api) -> At:
    return At(api, "acme")


@pytest.fixture
def globex(api) -> At:
    return At(api, "globex")


class Owned:
    """What is acme's: ids, and a credential of each kind beside one that nobody ever made."""

    def __init__(self, acme: At, forge) -> None:
        self.issued, self.secret = acme.issue(actor_id="owner", scopes=["a"])
        _, public = acme.issue(visibility="KEY_VISIBILITY_PUBLIC")
        self.imported = acme.import_key("a raw key of acme")
        grant, jwt = acme.derive(self.secret), acme.derive(self.secret, "JWT")
        narrow = acme.api.narrow
        natives = {
            "a key": self.secret,
            "a public key": public,
            "a grant": grant,
            "a narrowed key": narrow(self.secret),
            "a narrowed grant": narrow(grant),
            "a sealed key": seal(self.secret),
        }
        self.credentials = {what: (one, forge.tail(one)) for what, one in natives.items()}
        self.credentials["a JWT"] = jwt, f"{jwt[:-6]}AAAAAA"
        self.credentials["a raw key"] = "a raw key of acme", "never imported"

    def alive(self, acme: At) -> None:
        """Fails unless all of it is as good as it was."""
        codes = {what: acme.code(one) for what, (one, _) in self.credentials.items()}
        assert set(codes.values()) == {"ok"}, codes


@pytest.fixture
def owned(acme, forge) -> Owned:
    return Owned(acme, forge)
