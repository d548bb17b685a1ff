"""What all users share: requests whose answers are checked, under names without ids or secrets."""

import os
import random
import time
from collections.abc import Callable
from typing import Any

from locust import FastHttpUser

from bench.load.checking import Asked, Checker, Kept, Made, Revoked, Revoking
from bench.load.credentials import Credential, context, numbered
from bench.load.tally import TALLY
from bench.load.watch import write_history

# Seconds; a node alone knows its own revocations at once, a cluster within what it promises.
CHECKER = Checker(float(os.environ.get("BENCH_BOUND_S", "0.1")))
GOOD = (200, 201, 204)
VERIFY = "/v2alpha1/admin/apiKeys:verify"
KEYS = "/v2alpha1/admin/issuedApiKeys"
DERIVE = "/v2alpha1/admin/apiKeys:derive"


class User(FastHttpUser):
    """One of many. A request that fails is a failure of locust, told by its kind."""

    abstract = True
    network_timeout = connection_timeout = 30.0

    def on_start(self) -> None:
        self.source = random.Random(id(self))
        admin = os.environ["MARZIPAN_ADMIN_KEY"]
        self.admin = {"Authorization": f"Bearer {admin}"}

    def call(self, method: str, path: str, name: str, body: Any = None) -> Any:
        """An admin's request; the answer's JSON, or None where it failed."""
        with self.client.request(
            method, path, name=name, json=body, headers=self.admin, catch_response=True
        ) as answer:
            if answer.status_code in GOOD:
                return answer.json()
            answer.failure(f"{name}: {answer.status_code}, not {GOOD}")
            return None

    def made(self, text: str, parent: int = 0, key_id: str = "", narrowed=False) -> Credential:
        """A new credential, made known to the checker."""
        credential = numbered(text, parent, key_id, narrowed)
        TALLY.credentials += 1
        self.see(Made(credential=credential.number, parent=parent))
        return credential

    def issue(self, *scopes: str) -> Credential | None:
        body = {"name": "load", "actor_id": "load", "scopes": scopes, "ttl": "1h"}
        told = self.call("POST", KEYS, "issue", body)
        if told is None:
            return None
        return self.made(told["secret"], key_id=told["issued_api_key"]["key_id"])

    def verify(
        self, credential: Credential, facts: Any = None, fits: bool = True, name: str = "verify"
    ) -> None:
        """Asks whether it is good for the facts, and checks the answer."""
        body = {"credential": credential.text, "context": facts or context()}
        sent = time.monotonic()
        with self.client.post(
            VERIFY, name=name, json=body, headers=self.admin, catch_response=True
        ) as answer:
            told = answer.json() if answer.status_code == 200 else {}
            self.judge(
                answer, credential, sent, fits, told.get("is_valid"), told.get("error_code", "")
            )

    def judge(
        self, answer: Any, credential: Credential, sent: float, fits: bool,
        accepted: bool | None, code: str,
    ) -> None:  # fmt: skip
        fault = self.see(
            Asked(
                credential=credential.number, sent=sent, answered=time.monotonic(), fits=fits,
                status=answer.status_code or 0, accepted=accepted, code=code,
            )
        )  # fmt: skip
        TALLY.verdicts += 1
        if fault:
            answer.failure(fault)

    def revoke(
        self, credential: Credential, path: str, name: str, body: Any, *,
        later: tuple[int, ...] = (), seen: Callable[[Any], None] = lambda answer: None,
    ) -> bool:  # fmt: skip
        """Revokes it. A status of `later` says that it was not done, and is no failure.

        `seen` is shown the answer of success.
        """
        number = credential.number
        self.see(Revoking(credential=number, at=time.monotonic()))
        with self.client.post(
            path, name=name, json=body, headers=self.admin, catch_response=True
        ) as answer:
            if answer.status_code in GOOD:
                self.see(Revoked(credential=number, at=time.monotonic()))
                TALLY.revocations += 1
                seen(answer)
                return True
            if answer.status_code in later:
                answer.success()
            else:
                answer.failure(f"{name}: {answer.status_code}, not {GOOD}")
            if answer.status_code and answer.status_code < 500:
                self.see(Kept(credential=number))
            return False

    @staticmethod
    def see(event: Any) -> str:
        write_history(event)
        return CHECKER.see(event)
