"""Gateways, which ask about every request that they let through: most of all traffic."""

import time
from typing import Any

from locust import between, task

from bench.load.credentials import Credential
from bench.load.user import User
from engine import attenuate
from engine.caveats import Scopes, Tools

PATH = "/v1/verify"
CODES = {401: "VERIFICATION_ERROR_REVOKED", 403: "VERIFICATION_ERROR_SIGNATURE_INVALID"}


class Gateway(User):
    """Sees a few keys again and again, bare and narrowed."""

    weight = 10
    wait_time = between(0.02, 0.15)

    def on_start(self) -> None:
        super().on_start()
        self.keys: list[Credential] = []
        if (key := self.issue("orders:*")) is not None:
            narrowed = attenuate(key.text, Scopes(["orders:read"]), Tools(["shop"])).text
            self.keys = [key, self.made(narrowed, parent=key.number, narrowed=True)]

    def ask(self, key: Credential, query: str, fits: bool, name: str) -> None:
        sent = time.monotonic()
        headers = {"Authorization": f"Bearer {key.text}"}
        with self.client.get(
            f"{PATH}?{query}", name=name, headers=headers, catch_response=True
        ) as answer:
            told: Any = answer.json() if answer.status_code in CODES else {}
            accepted = {200: True, 401: False, 403: False}.get(answer.status_code)
            if accepted is not None:
                answer.success()  # a refusal is an answer, whose rightness is judged below
            self.judge(answer, key, sent, fits, accepted, told.get("error_code", ""))
            if answer.status_code == 200 and not answer.headers.get("marzipan-key-id"):
                answer.failure("an accepted request without Marzipan-Key-Id")

    @task(20)
    def let_through(self) -> None:
        if self.keys:
            self.ask(self.source.choice(self.keys), "scope=orders:read&tool=shop", True, PATH)

    @task(2)
    def forbid(self) -> None:
        if self.keys:
            query = "scope=payments:execute&tool=shop"
            self.ask(self.source.choice(self.keys), query, False, f"{PATH}, another scope")

    @task(1)
    def challenge(self) -> None:
        with self.client.get(PATH, name=f"{PATH}, no credential", catch_response=True) as answer:
            if answer.status_code == 401 and answer.headers.get("www-authenticate"):
                answer.success()
            else:
                answer.failure(f"no credential: {answer.status_code}, not a 401 with a challenge")
