"""One HTTP request, as wrk takes it and as our own load generator does."""

import json
from pathlib import Path
from typing import Any

import msgspec

from bench.corpus import THREE
from bench.wire.admin import Admin
from engine import attenuate
from engine.caveats import Scopes, Tools

VERIFY = "/v2alpha1/admin/apiKeys:verify"
BATCH = "/v2alpha1/admin/apiKeys:batchVerify"
_IN_TURNS = """\
local all, n = {}, 0
function init()
  for body in io.lines(file) do all[#all + 1] = wrk.format(nil, nil, nil, body) end
end
function request()
  n = n % #all + 1
  return all[n]
end"""


class Request(msgspec.Struct, frozen=True):
    """`turns` are bodies that wrk sends one after another, from the first again after the last, in
    place of `body`; our own load generator knows one body only.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    turns: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path})"

    def raw(self) -> bytes:
        """The bytes on the wire."""
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return ("\r\n".join([*lines, "", ""]) + self.body).encode()

    def lua(self, turns: Path | None = None) -> str:
        """The same as a script of wrk; JSON strings are strings of Lua, for what stands in ours.

        `turns` is a file with a body a line. The whole requests are made before the first is sent.
        """
        lines = [f"wrk.method = {json.dumps(self.method)}"]
        lines += [f"wrk.headers[{json.dumps(n)}] = {json.dumps(v)}" for n, v in self.headers]
        if self.body:
            lines.append(f"wrk.body = {json.dumps(self.body)}")
        if turns is not None:
            lines.append(f"local file = {json.dumps(str(turns))}\n{_IN_TURNS}")
        return "\n".join(lines) + "\n"


def context(minor: int = 4200) -> dict[str, Any]:
    """The facts that three caveats ask for."""
    return {
        "tool": "payments.execute",
        "scopes": ["payments:execute"],
        "amount": {"currency": "USD", "minor": minor},
    }


def posted(path: str, admin_key: str, body: str, turns: tuple[str, ...] = ()) -> Request:
    """A POST of JSON by an administrator."""
    headers = (("Authorization", f"Bearer {admin_key}"), ("Content-Type", "application/json"))
    return Request("POST", path, headers, body, turns)


def verify(admin_key: str, credential: str) -> Request:
    """The verify of the compatible API, with all facts that the credential asks for."""
    body = {"credential": credential, "context": context()}
    return posted(VERIFY, admin_key, json.dumps(body, separators=(",", ":")))


def gateway(credential: str) -> Request:
    """The verify of gateways, which has the facts in its query."""
    path = "/v1/verify?scope=payments:execute&tool=payments.execute"
    return Request("GET", path, (("Authorization", f"Bearer {credential}"),))


def both(url: str, admin_key: str) -> dict[str, Request]:
    """The two questions, about a new key narrowed once."""
    key = Admin(url, admin_key).issue("payments:*")
    narrowed = attenuate(key, *THREE).text
    return {
        "verify": verify(admin_key, narrowed),
        "gateway": gateway(
            attenuate(key, Tools(["payments.execute"]), Scopes(["payments:*"])).text
        ),
    }
