"""A fleet of agents: tokens are derived, narrowed offline, used, and now and then given up."""

import time

from locust import between, task

from bench.load.credentials import LIMIT, MISFITS, TOOL, Credential
from bench.load.user import DERIVE, User
from engine import attenuate
from engine.caveats import Amount, Tools, Window

HELD = 6


class Agent(User):
    """Has a key of its own; its tokens live for ten minutes, and are changed long before."""

    weight = 6
    wait_time = between(0.05, 0.3)

    def on_start(self) -> None:
        super().on_start()
        self.key = self.issue("payments:*", "orders:read")
        self.tokens: list[Credential] = []
        self.derive()

    @task(2)
    def derive(self) -> None:
        """A token for this agent, and two for those it calls, which it narrows by itself."""
        if self.key is None:
            return
        jwt = self.source.random() < 0.2
        algorithm = "TOKEN_ALGORITHM_JWT" if jwt else "TOKEN_ALGORITHM_MACAROON"
        body = {
            "credential": self.key.text, "ttl": "10m", "algorithm": algorithm,
            "scopes": ["payments:*"],
        }  # fmt: skip
        told = self.call("POST", DERIVE, "derive a JWT" if jwt else "derive", body)
        if told is None:
            return
        token = self.made(told["token"]["token"], parent=self.key.number)
        self.hold(token)
        if not jwt:
            for _ in range(2):
                self.hold(self.narrow(token))

    def narrow(self, token: Credential) -> Credential:
        now = int(time.time())
        text = attenuate(
            token.text, Tools([TOOL]), Amount("USD", LIMIT), Window(now - 60, now + 600)
        ).text
        return self.made(text, parent=token.number, narrowed=True)

    def hold(self, token: Credential) -> None:
        self.tokens.append(token)
        while len(self.tokens) > HELD:
            self.tokens.pop(0)

    @task(20)
    def use(self) -> None:
        if self.tokens:
            self.verify(self.source.choice(self.tokens))

    @task(4)
    def overstep(self) -> None:
        """What must be refused: another scope, more money, another tool."""
        if self.tokens:
            token = self.source.choice(self.tokens)
            facts, only_narrowed = self.source.choice(MISFITS)
            fits = only_narrowed and not token.narrowed
            self.verify(token, facts, fits, "verify, overstepping")

    @task(1)
    def give_up(self) -> None:
        """The last link dies, its sibling and what is above it live on."""
        narrowed = [token for token in self.tokens if token.narrowed]
        if narrowed:
            token = self.source.choice(narrowed)
            body = {"credential": token.text}
            name = "revoke by possession"
            # So many a minute are taken from one address, and all of these have one.
            if self.revoke(token, "/v1/tokens:revoke", name, body, later=(429,)):
                self.verify(token, name="verify, revoked")
                for other in self.tokens:
                    if other.parent == token.parent and other is not token:
                        self.verify(other, name="verify, its sibling")
                self.tokens.remove(token)
