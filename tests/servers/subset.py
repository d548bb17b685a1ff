"""Which SQL the stores may say to a server: what Postgres and CockroachDB both take.

Deny by default: every word of a statement is one of these or a name of the schema, and every other
sign is listed; the server's clock has one wording. Whoever needs more looks first whether
CockroachDB has it, and means the same by it.
"""

import functools
import re

import storage.migrate
from storage.postgres.running import CLOCK

_HEADS = re.compile(
    r"SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE IF NOT EXISTS"
    r"|CREATE (UNIQUE )?INDEX IF NOT EXISTS|ALTER TABLE \w+ ADD COLUMN IF NOT EXISTS"
    r"|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE SAVEPOINT"
)
_WORDS = frozenset(
    """
    SELECT FROM WHERE AND OR NOT IN IS NULL ORDER BY DESC LIMIT UNION ALL MIN FOR LEFT JOIN
    INSERT INTO VALUES ON CONFLICT DO NOTHING UPDATE SET DELETE EXCLUDED CASE WHEN THEN ELSE END
    CREATE TABLE UNIQUE INDEX IF EXISTS PRIMARY KEY DEFAULT ALTER ADD COLUMN
    BIGINT SMALLINT TEXT BYTEA
    BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE TO ISOLATION LEVEL REPEATABLE READ ONLY
    """.split()
)
# Of every server: where it says which tables there are.
_FOUND = frozenset(["information_schema", "tables", "table_name", "table_schema"])
_OWN = frozenset(["one", "schema_migrations", "schema_lock", "checksum", "applied_at", "owner"])
_OWN_TOO = frozenset(["until_ms", "id", "k", "c"])
_TOKEN = re.compile(
    r"\s+|(?P<text>'(?:[^']|'')*')|(?P<mark>\$\d+)|(?P<number>\d+)|(?P<word>[A-Za-z_]\w*)"
    r"|>=|<=|!=|[=<>(),.+-]"
)
_DDL = re.compile(r"CREATE|ALTER|DROP|TRUNCATE", re.I)


def fault(sql: str) -> str | None:
    """What of the statement is outside of the subset, or None."""
    text = sql.strip().removesuffix(";").rstrip().replace(CLOCK, "0")
    if not _HEADS.match(" ".join(text.split())):
        return f"begins with {text[:20]!r}"
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return f"has {text[at : at + 10]!r}"
        word = token["word"]
        if word and not (word.upper() in _WORDS or word in names()):
            return f"has the word {word!r}"
        at = token.end()
    return None


def is_ddl(sql: str) -> bool:
    """Whether the statement changes the schema."""
    return _DDL.match(sql.lstrip()) is not None


@functools.cache
def names() -> frozenset[str]:
    """The names of the schema, as its steps spell them: words that are small throughout."""
    steps = (step.sql for step in storage.migrate.known("postgres"))
    found = {word for sql in steps for word in re.findall(r"\b[a-z_][a-z0-9_]*\b", sql)}
    return frozenset(found) | _FOUND | _OWN | _OWN_TOO
