"""The schema: made once, step by step, and never guessed about."""

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

import storage.migrate
from storage import is_initialised, migrate_status, migrate_up, open_store
from storage.errors import SchemaMismatch, StoreError, StoreUnavailable

STEPS = sorted((Path(storage.migrate.__file__).parent / "migrations" / "sqlite").glob("*.sql"))


@pytest.fixture
def fresh(tmp_path):
    return f"sqlite:///{tmp_path}/deep/below/fresh.db"


@pytest.fixture
def edit(fresh):
    def edit(sql):
        connection = sqlite3.connect(fresh.removeprefix("sqlite:///"))
        connection.executescript(sql)
        connection.close()

    return edit


def test_a_fresh_database_takes_every_step_in_order_and_opens(fresh, run):
    assert list(run(migrate_up(fresh))) == [step.stem for step in STEPS]
    assert all(step.applied for step in run(migrate_status(fresh)))
    run(run(open_store(fresh)).close())


def test_a_second_time_changes_nothing(fresh, run):
    run(migrate_up(fresh))
    path = Path(fresh.removeprefix("sqlite:///"))
    before = path.read_bytes()
    assert list(run(migrate_up(fresh))) == []
    assert path.read_bytes() == before


def test_a_database_is_initialised_once_it_has_a_schema(fresh, run):
    assert not run(is_initialised(fresh))
    path = Path(fresh.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True)
    path.touch()
    assert not run(is_initialised(fresh))
    run(migrate_up(fresh))
    assert run(is_initialised(fresh))


def test_asking_for_the_status_makes_no_file(fresh, tmp_path, run):
    assert not any(step.applied for step in run(migrate_status(fresh)))
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_not_there_is_not_made_by_opening_it(fresh, run):
    with pytest.raises(SchemaMismatch, match="marzipan init"):
        run(open_store(fresh))
    assert not Path(fresh.removeprefix("sqlite:///")).exists()


def test_an_empty_database_names_the_command_that_is_needed(fresh, run):
    path = Path(fresh.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(SchemaMismatch, match="marzipan migrate up.*marzipan init"):
        run(open_store(fresh))


def test_a_database_that_lacks_a_step_is_refused_until_it_is_migrated(fresh, run, edit):
    run(migrate_up(fresh))
    last = [step for step in STEPS if step.read_text().startswith("CREATE INDEX")][-1]
    (index,) = re.findall(r"CREATE INDEX (\w+)", last.read_text())
    edit(f"DROP INDEX {index}; DELETE FROM schema_migrations WHERE name = '{last.stem}'")
    with pytest.raises(SchemaMismatch, match=last.stem):
        run(open_store(fresh))
    assert list(run(migrate_up(fresh))) == [last.stem]
    run(run(open_store(fresh)).close())


@pytest.mark.parametrize("act", [migrate_up, migrate_status, open_store])
def test_an_edited_step_is_refused_by_name(fresh, run, edit, act):
    run(migrate_up(fresh))
    edit(f"UPDATE schema_migrations SET checksum = 'x' WHERE name = '{STEPS[3].stem}'")
    with pytest.raises(SchemaMismatch, match=f"{STEPS[3].stem}.*edited"):
        run(act(fresh))


@pytest.mark.parametrize("act", [migrate_up, migrate_status, open_store])
def test_a_database_newer_than_this_version_is_refused(fresh, run, edit, act):
    run(migrate_up(fresh))
    edit("INSERT INTO schema_migrations VALUES ('9999_future', 'x', 0)")
    with pytest.raises(SchemaMismatch, match="9999_future.*newer version"):
        run(act(fresh))


def test_a_step_that_fails_leaves_those_before_it_and_nothing_of_itself(
    fresh, run, tmp_path, monkeypatch
):
    package = tmp_path / "package"
    shutil.copytree(STEPS[0].parent, package / "migrations" / "sqlite")
    broken = package / "migrations" / "sqlite" / "0500_broken.sql"
    broken.write_text("CREATE TABLE masters (clash TEXT);")
    monkeypatch.setattr(storage.migrate, "__file__", str(package / "migrate.py"))
    with pytest.raises(StoreUnavailable):
        run(migrate_up(fresh))
    assert [step.name for step in run(migrate_status(fresh)) if not step.applied] == [broken.stem]
    broken.unlink()
    assert list(run(migrate_up(fresh))) == []


def test_a_database_in_use_is_not_migrated(url, sqlite, run):
    with pytest.raises(StoreError, match="in use by process"):
        run(migrate_up(url))


def test_every_step_is_one_statement():
    for step in STEPS:
        assert step.read_text().count(";") == 1, step
    numbers = [int(step.name[:4]) for step in STEPS]
    assert numbers == list(range(1, len(STEPS) + 1))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:hunter2@127.0.0.1",
        "oracle://user:hunter2@host/db",
        "mysql://x",
        "sqlite://x",
        "sqlite:///",
        "x",
        "",
    ],
)
@pytest.mark.parametrize("act", [migrate_up, migrate_status, open_store])
def test_another_url_is_refused_with_one_that_works_and_without_its_password(url, run, act):
    with pytest.raises(StoreError, match="sqlite:///") as caught:
        run(act(url))
    assert "hunter2" not in str(caught.value)


def test_a_database_in_memory_is_refused_rather_than_made_a_file_of_that_name(run):
    with pytest.raises(StoreError, match="forget"):
        run(open_store("sqlite:///:memory:"))


def test_a_file_that_is_no_database_is_left_as_it_is(fresh, run):
    path = Path(fresh.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"dear diary, " * 100)
    for act in (migrate_up, migrate_status, open_store):
        with pytest.raises(StoreUnavailable, match="not a database"):
            run(act(fresh))
    assert path.read_bytes() == b"dear diary, " * 100
