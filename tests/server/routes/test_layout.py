"""Each endpoint has its directory of tests, and each status that it can answer has its file."""

import re
from pathlib import Path

from tests.server.routes.every import GRANTED, asks, send

HERE = Path(__file__).parent


def files(operation):
    return {int(path.stem[5:]) for path in (HERE / operation).glob("test_???.py")}


def due(ask):
    """The statuses that follow from the route itself; the rest is the endpoint's own."""
    route = ask.route
    yield from (401, 403) if route.admit is not None else ()
    yield from (405,) if route.method != "*" else ()
    yield from (400, 404) if "{" in route.template else ()
    yield from (400, 429) if route.body_limit is not None and route.method != "DELETE" else ()


def test_every_status_that_a_route_can_answer_has_a_file(api, subject, calls):
    missing = set()
    for ask in asks(api, subject):
        calls.clear()
        answer = send(api, ask.method, ask.path, ask.body)
        needed = {*due(ask), answer.status, *((503,) if calls else ())}
        missing |= {f"{ask.operation}/test_{each}.py" for each in needed - files(ask.operation)}
    assert not missing, (
        f"tests/server/routes lacks {sorted(missing)}; those of issue_key show what to say, and "
        "the fixture refuses has what is refused alike"
    )


def test_every_directory_is_that_of_a_route(api):
    operations = {operation for operation, _ in GRANTED.values()}
    there = {path.name for path in HERE.iterdir() if path.is_dir() and path.name[0] not in "._"}
    assert there == operations
    known = {f"{ask.route.method} {ask.route.template}" for ask in asks(api)}
    assert set(GRANTED) == known


def test_every_file_has_a_status_for_its_name_and_a_test_in_it():
    for path in HERE.glob("*/test_*.py"):
        assert re.fullmatch(r"test_[1-5]\d\d(_[a-z]+)?\.py", path.name), path
        assert re.search(r"^def test_", path.read_text(), re.MULTILINE), path
