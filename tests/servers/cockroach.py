"""What stands in for a CockroachDB where there is none: a Postgres as strict, and as unkind.

The server keeps transactions serializable, and is reached through a proxy that refuses what
CockroachDB refuses and whatever is outside of the subset of SQL, and loses races and answers on
demand. It is no CockroachDB: what was tested with this was tested on Postgres.
"""

import random
import struct

from . import subset
from .pgproxy import AMBIGUOUS, CUT, LOSE_AT_COMMIT, PgProxy, Rule, Say, lose
from .postgres import Postgres

_NAME, _VALUE = b"crdb_version\0", b"CockroachDB CCL v25.2.0 (a Postgres that stands in)\0"
# By this drivers know whom they talk to.
_GREETING = b"S" + struct.pack("!I", 4 + len(_NAME + _VALUE)) + _NAME + _VALUE
_ENDINGS = (LOSE_AT_COMMIT, AMBIGUOUS, CUT)


class Refusals:
    """The rule of one connection: what is refused is remembered in `told`, and fails its test."""

    def __init__(self, told: list[str]) -> None:
        self._told = told
        self._open = False  # whether a transaction is

    def __call__(self, kind: bytes, body: bytes) -> Say | None:
        why = self._fault(kind, body)
        if why is None:
            return None
        self._told.append(why)
        # So begins no statement: the server refuses it, and its transaction is aborted.
        return Say(f"refused {why!r}")

    def _fault(self, kind: bytes, body: bytes) -> str | None:
        if kind == b"P":
            name, sql, types = body.split(b"\0", 2)
            if struct.unpack("!h", types[:2])[0]:
                return f"types given for what {name.decode()} prepares"
            return self._statement(sql.decode())
        if kind == b"Q":
            return self._statement(body.rstrip(b"\0").decode())
        if kind == b"E" and struct.unpack("!i", body[-4:])[0]:
            return "a portal that is read in parts"
        return None if kind in b"BCDEHSX" else f"the message {kind!r}"

    def _statement(self, sql: str) -> str | None:
        if (why := subset.fault(sql)) is not None:
            return f"{sql!r} {why}"
        first = sql.split()[0]
        if first in ("COMMIT", "ROLLBACK") and "SAVEPOINT" not in sql:
            self._open = False
        elif first == "BEGIN":
            self._open = True
        elif subset.is_ddl(sql) and self._open:
            return f"{sql!r} is in a transaction"
        return None


class Unkindness:
    """The rule of one connection that strikes by chance: a lost race, or a lost answer to COMMIT.

    Only of what stands in the audit an answer is lost: what became of all else nobody could tell.
    """

    def __init__(self, chance: random.Random) -> None:
        self._random = chance
        self._audits: set[bytes] = set()  # the names of the statements that write it
        self._audited = False

    def __call__(self, kind: bytes, body: bytes, likely: float) -> str | Say | None:
        if kind == b"P" and b"INTO audit_log" in body:
            self._audits.add(body.split(b"\0", 1)[0])
        elif kind == b"B":
            self._audited |= body.split(b"\0", 2)[1] in self._audits
        elif kind == b"Q" and body.startswith(b"BEGIN"):
            self._audited = False
        if kind not in b"QB" or body.startswith(b"ROLLBACK") or self._random.random() >= likely:
            return None
        if (kind, body) != (b"Q", b"COMMIT\0"):
            return lose()
        return self._random.choice(_ENDINGS) if self._audited else LOSE_AT_COMMIT


class Cockroach:
    """A database of a Postgres, behind the proxy until `stop`.

    `refused` has what was refused. `likely` is how likely a statement is to lose a race.
    """

    def __init__(self, server: Postgres, name: str) -> None:
        server.sql(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
        self.refused: list[str] = []
        self.likely = 0.0
        self.struck = 0
        self.proxy = PgProxy(server.port, self._rule, _GREETING)
        self.behind = server.url(name)  # past the proxy
        self.url = f"cockroachdb://postgres@127.0.0.1:{self.proxy.port}/{name}"
        self._chance = random.Random(1)

    def stop(self) -> None:
        self.proxy.stop()

    def _rule(self) -> Rule:
        refusals, unkindness = Refusals(self.refused), Unkindness(self._chance)

        def rule(kind: bytes, body: bytes) -> str | Say | None:
            if (refused := refusals(kind, body)) is not None:
                return refused
            struck = unkindness(kind, body, self.likely)
            self.struck += struck is not None
            return struck

        return rule
