"""What administrators and holders do while things fail, and what each was told."""

import itertools
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from engine import attenuate
from engine.caveats import Window
from tests.faults.history import Credential, History
from tests.servers.cluster import Answer, Line

KEYS = "/v2alpha1/admin/issuedApiKeys"
IMPORTED = "/v2alpha1/admin/importedApiKeys"
DERIVE = "/v2alpha1/admin/apiKeys:derive"
_REASON = {"reason": "REVOCATION_REASON_KEY_COMPROMISE"}
_FAR = 4_000_000_000
_ID = itertools.count()


class Act(NamedTuple):
    """One write that was asked for. `action` and `target` are what the audit has of it.

    `done` None: whether it was written is not known. `name` is that of a new key.
    """

    action: str
    target: str
    name: str
    done: bool | None
    began: int
    ended: int
    status: int


class Revoked(NamedTuple):
    """`revision` is where it stands in the log; `everywhere`: every node was said to know."""

    revision: str
    everywhere: bool


class Ledger:
    """Every write that was asked for; written by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.acts: list[Act] = []

    def enter(self, action: str, target: str, answer: Answer, name: str = "") -> Act:
        done = _outcome(answer)
        act = Act(action, target, name, done, answer.began, answer.ended, answer.status)
        with self._lock:
            self.acts.append(act)
        return act

    def done(self, *actions: str) -> Sequence[Act]:
        return [act for act in self.acts if act.done and (act.action in actions or not actions)]


def _outcome(answer: Answer) -> bool | None:
    if answer.status == 0 or answer.status >= 500:
        return None
    return answer.status < 300


def _was_so(answer: Answer) -> bool:
    """Whether nothing was written because it was revoked already."""
    if answer.status == 409:
        return True
    return answer.status == 200 and bool(answer.json.get("already_revoked"))


class Acts:
    """Writes over one node. For one thread."""

    def __init__(self, port: int, admin_key: str, history: History, ledger: Ledger) -> None:
        self.line = Line(port)
        self._key = admin_key
        self._history = history
        self._ledger = ledger

    def issue(self) -> Credential | None:
        """A new key; None where it was not told."""
        name = f"key-{next(_ID)}"
        answer = self._call("POST", KEYS, {"name": name, "actor_id": "tester", "ttl": "30d"})
        told = answer.json["issued_api_key"]["key_id"] if answer.status == 201 else ""
        self._ledger.enter("key.issue", told.replace("-", ""), answer, name)
        if not told:
            return None
        return self._holds(name, answer.json["secret"], f"key:{told}")

    def bring(self) -> Credential | None:
        """A key of another system, imported."""
        name = f"imported-{next(_ID)}"
        raw = f"sk_live_{name}_{'x' * 20}"
        answer = self._call("POST", IMPORTED, {"raw_key": raw, "name": name, "actor_id": "tester"})
        told = answer.json["key_id"] if answer.status in (200, 201) else ""
        self._ledger.enter("key.import", told.replace("-", ""), answer, name)
        return self._holds(name, raw, f"imported:{told}") if told else None

    def derive(self, parent: Credential, *, jwt: bool = False) -> Credential | None:
        """A grant of a bare key."""
        kind = "JWT" if jwt else "MACAROON"
        wish = {"credential": parent.text, "ttl": "12h", "algorithm": f"TOKEN_ALGORITHM_{kind}"}
        answer = self._call("POST", DERIVE, wish)
        if answer.status != 200:
            return None
        token = answer.json["token"]
        name = f"{kind.lower()}-{next(_ID)}"
        return self._holds(name, token["token"], *parent.links, f"grant:{token['grant_id']}")

    def narrow(self, parent: Credential) -> Credential:
        """What a holder appends a block to, offline."""
        narrowed = attenuate(parent.text, Window(0, _FAR))
        link = f"block:{UUID(bytes=narrowed.revocation_id)}"
        return self._holds(f"narrowed-{next(_ID)}", narrowed.text, *parent.links, link)

    def revoke(self, link: str, *, wait: bool = False) -> Revoked | None:
        """Revoke a key, imported key, grant or block; None unless it was said to be done.

        `wait`: for every node, where the route can.
        """
        kind, _, id_ = link.partition(":")
        query = "?wait=all" if wait else ""
        self._history.revoking(link, time.monotonic_ns())
        match kind:
            case "key":
                answer = self._call("POST", f"{KEYS}/{id_}:revoke{query}", _REASON)
            case "imported":
                answer = self._call("POST", f"{IMPORTED}/{id_}:revoke{query}", _REASON)
            case "grant":
                answer = self._call("POST", f"/v1/revocations{query}", {"grant_id": id_})
            case _:
                # By possession: whoever holds the token kills its last link.
                held = {"credential": self._history.holder(link).text}
                answer = self._call("POST", "/v1/tokens:revoke", held)
        action = "key.revoke" if kind == "imported" else f"{kind}.revoke"
        if _was_so(answer):
            action, answer = "none", answer._replace(status=204)
        if not self._ledger.enter(action, id_.replace("-", ""), answer).done:
            return None
        told = answer.headers
        everywhere = "waiting=0" in told.get("marzipan-applied", "")
        self._history.revoked(link, answer.ended, everywhere=everywhere)
        return Revoked(told.get("marzipan-revision", ""), everywhere)

    def close(self) -> None:
        self.line.close()

    def _call(self, method: str, path: str, body: object) -> Answer:
        return self.line.call(method, path, body, self._key)

    def _holds(self, name: str, text: str, *links: str) -> Credential:
        return self._history.holds(Credential(name, text, frozenset(links)))
