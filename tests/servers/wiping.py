"""Emptying a database on a server, which is far quicker than to make another."""

from storage.postgres.connecting import connect

_TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_name NOT IN ('schema_migrations', 'schema_lock')"""


async def say(url: str, sql: str) -> None:
    """Say one statement to the database."""
    db = await connect(url)
    try:
        await db.execute(sql)
    finally:
        db.terminate()


async def wipe(url: str) -> None:
    """Delete every row but those that tell of the schema."""
    db = await connect(url)
    try:
        for (table,) in await db.fetch(_TABLES):
            await db.execute(f"DELETE FROM {table}")
    finally:
        db.terminate()
