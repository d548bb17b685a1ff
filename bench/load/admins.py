"""Administrators: keys are issued, rotated, listed and revoked, and each time looked at after."""

from locust import between, task

from bench.load.credentials import Credential
from bench.load.tally import TALLY
from bench.load.user import KEYS, User


class Administrator(User):
    """Has a handful of keys under way."""

    weight = 2
    wait_time = between(0.2, 1.0)

    def on_start(self) -> None:
        super().on_start()
        self.keys: list[Credential] = []

    @task(6)
    def add(self) -> None:
        key = self.issue("payments:*")
        if key is not None:
            self.verify(key, name="verify, new")
            self.keys.append(key)

    @task(3)
    def rotate(self) -> None:
        """The old key dies with the answer, the new one is good."""
        if not self.keys:
            return
        old = self.keys.pop(self.source.randrange(len(self.keys)))
        new = self._rotated(old)
        self.verify(old, name="verify, rotated away")
        if new is not None:
            self.verify(new, name="verify, new")
            self.keys.append(new)

    def _rotated(self, old: Credential) -> Credential | None:
        told: list[Credential] = []
        path = f"{KEYS}/{old.key_id}:rotate"

        def keep(answer) -> None:
            body = answer.json()
            TALLY.rotations += 1
            told.append(self.made(body["secret"], key_id=body["issued_api_key"]["key_id"]))

        self.revoke(old, path, "rotate", {}, seen=keep)
        return told[0] if told else None

    @task(3)
    def kill(self) -> None:
        if self.keys:
            key = self.keys.pop(self.source.randrange(len(self.keys)))
            body = {"reason": "REVOCATION_REASON_KEY_COMPROMISE"}
            self.revoke(key, f"{KEYS}/{key.key_id}:revoke", "revoke", body)
            self.verify(key, name="verify, revoked")

    @task(2)
    def look(self) -> None:
        self.call("GET", f"{KEYS}?page_size=50", "list")
        self.call("GET", "/v1/revocations?page_size=50", "list revocations")
        self.call("GET", "/v1/audit?page_size=50", "list audit")

    @task(1)
    def rename(self) -> None:
        if self.keys:
            key = self.source.choice(self.keys)
            path = f"{KEYS}/{key.key_id}?update_mask=name"
            self.call("PATCH", path, "change", {"name": "renamed"})
            self.verify(key, name="verify, changed")
