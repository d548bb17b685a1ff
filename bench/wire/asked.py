"""One HTTP request, as wrk takes it and as our own load generator does."""

import json

import msgspec

from bench.corpus import THREE
from bench.wire.admin import Admin
from engine import attenuate
from engine.caveats import Scopes, Tools


class Request(msgspec.Struct, frozen=True):
    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""

    def raw(self) -> bytes:
        """The bytes on the wire."""
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return ("\r\n".join([*lines, "", ""]) + self.body).encode()

    def lua(self) -> str:
        """The same as a script of wrk; JSON strings are strings of Lua, for what stands in ours."""
        lines = [f"wrk.method = {json.dumps(self.method)}"]
        lines += [f"wrk.headers[{json.dumps(n)}] = {json.dumps(v)}" for n, v in self.headers]
        if self.body:
            lines.append(f"wrk.body = {json.dumps(self.body)}")
        return "\n".join(lines) + "\n"


def verify(admin_key: str, credential: str) -> Request:
    """The verify of the compatible API, with the facts that three caveats ask for."""
    context = {
        "tool": "payments.execute",
        "scopes": ["payments:execute"],
        "amount": {"currency": "USD", "minor": 4200},
    }
    body = json.dumps({"credential": credential, "context": context}, separators=(",", ":"))
    headers = (("Authorization", f"Bearer {admin_key}"), ("Content-Type", "application/json"))
    return Request("POST", "/v2alpha1/admin/apiKeys:verify", headers, body)


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
