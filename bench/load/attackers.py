"""Attackers who spray: forged, cut, flipped and senseless credentials, and bodies that are none.

None may be accepted, none may make the server fail, and a body that is none is a 400.
"""

import json
import secrets
import time
from typing import Any

from locust import constant_throughput, task

from bench.load.credentials import context
from bench.load.user import VERIFY, User
from engine import Keyring, MasterSecret

FOREIGN = Keyring(MasterSecret(1, secrets.token_bytes(32))).tenant("default")


class Attacker(User):
    """Has one key that is good, to make bad ones from."""

    weight = 2
    wait_time = constant_throughput(10)

    def on_start(self) -> None:
        super().on_start()
        self.good = self.issue("payments:*")

    def bad(self) -> str:
        """A credential that must not be accepted."""
        kind = self.source.randrange(6)
        if kind == 0 or self.good is None:
            return FOREIGN.mint_key(now=int(time.time())).text
        text = self.good.text
        at = self.source.randrange(6, len(text))
        if kind == 1:
            return text[:at]
        if kind == 2:
            return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        if kind == 3:
            return text + self.source.choice("Az09_-")
        if kind == 4:
            return "mz_ak_" + secrets.token_urlsafe(self.source.randrange(1, 200))
        return secrets.token_urlsafe(self.source.randrange(1, 5000))

    @task(5)
    def verify_bad(self) -> None:
        body = {"credential": self.bad(), "context": context()}
        self._expect("spray verify", body, 200, lambda told: told["is_valid"] is False)

    @task(5)
    def gateway_bad(self) -> None:
        headers = {"Authorization": f"Bearer {self.bad()}"}
        with self.client.get(
            "/v1/verify", name="spray /v1/verify", headers=headers, catch_response=True
        ) as answer:
            self._told(answer, 401)

    @task(1)
    def too_long(self) -> None:
        self._expect("spray, too long", {"credential": "m" * 8193}, 400)

    @task(1)
    def no_body(self) -> None:
        text = self.source.choice(
            ["{", "[]", '{"credential": 7}', '{"credential": "a", "context": {"tol": "x"}}', "\x00"]
        )
        self._expect("spray, no JSON", text, 400)

    @task(1)
    def no_admin(self) -> None:
        """An admin's route with a credential that is none."""
        headers = {"Authorization": f"Bearer {self.bad()}"}
        with self.client.get(
            "/v2alpha1/admin/issuedApiKeys", name="spray admin", headers=headers,
            catch_response=True,
        ) as answer:  # fmt: skip
            self._told(answer, 401)

    def _expect(self, name: str, body: Any, status: int, right=lambda told: True) -> None:
        data = body if isinstance(body, str) else json.dumps(body)
        headers = {**self.admin, "Content-Type": "application/json"}
        with self.client.post(
            VERIFY, name=name, data=data, headers=headers, catch_response=True
        ) as answer:
            if self._told(answer, status) and not right(answer.json()):
                answer.failure("a bad credential was accepted")

    @staticmethod
    def _told(answer: Any, status: int) -> bool:
        if answer.status_code == status:
            answer.success()
            return True
        answer.failure(f"{answer.status_code}, not {status}")
        return False
