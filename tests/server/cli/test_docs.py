"""The pages under docs/: their tables are the code's, and their commands run as they stand."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from server import app, bootstrap, settings
from server.caveatjson import TYPES

DOCS = Path(__file__).parents[3] / "docs"
RUN = re.compile(r"<!-- run(?:: (\w+))? -->\n```sh\n(.*?)```", re.DOTALL)
BLOCKS = [
    pytest.param(kind, block, id=f"{page.stem}-{number}")
    for page in sorted(DOCS.glob("*.md"))
    for number, (kind, block) in enumerate(RUN.findall(page.read_text()))
]


def text(page):
    return (DOCS / f"{page}.md").read_text()


def cells(page, column, columns):
    """The code spans that a page's tables have in one column, of tables with so many columns."""
    rows = [line.split(" | ") for line in text(page).splitlines() if line.startswith("| ")]
    spans = [re.fullmatch(r"`(.+?)`", row[column].strip("| ")) for row in rows if len(row) > column]
    lengths = [len(row) for row in rows if len(row) > column]
    return [s[1] for s, n in zip(spans, lengths, strict=True) if s and n == columns]


def test_the_page_on_configuration_names_every_setting_and_no_other():
    assert sorted(cells("configuration", 0, 3)) == sorted(settings._PARSERS)


def test_the_page_on_configuration_tells_the_defaults(monkeypatch):
    told = dict(zip(cells("configuration", 0, 3), _defaults(), strict=True))
    flags = {name: value for name, value in told.items() if value is not None}
    needed = {"talos.hmac_secret_file": "/x/talos.secret"}  # the table has no effect without it
    assert settings.load({**flags, **needed}, {"XDG_DATA_HOME": "/x"}) == settings.load(
        needed, {"XDG_DATA_HOME": "/x"}
    )


def _defaults():
    rows = [line.split(" | ") for line in text("configuration").splitlines()]
    for row in (row for row in rows if len(row) == 3 and row[0].startswith("| `")):
        plain = re.fullmatch(r"`([^`]+)`", row[1])
        yield plain[1] if plain else None


def test_the_example_of_a_configuration_file_is_read(tmp_path):
    example = re.search(r"## An example\n\n```toml\n(.*?)```", text("configuration"), re.DOTALL)[1]
    (tmp_path / "m.toml").write_text(example)
    read = settings.load({"config": str(tmp_path / "m.toml")}, {})
    assert read.prefixes.key == "acme_ak" and len(read.trusted_proxies) == 2


@pytest.fixture
def routes(tmp_path):
    """The route table of a server that serves everything."""
    asked = settings.load({"database": f"sqlite:///{tmp_path}/a.db"}, {})

    async def table():
        node, _ = await bootstrap.start(asked)
        try:
            return app.table(node, node.tenant)
        finally:
            await node.store.close()

    return asyncio.run(table())


def told_of_routes(column):
    """What the page on HTTP says in one column, by method and path."""
    rows = [line.strip("| ").split(" | ") for line in text("http").splitlines()]
    of_routes = [row for row in rows if len(row) == 4 and row[1].startswith("`/")]
    return {(row[0], row[1].strip("`")): row[column] for row in of_routes}


def test_the_page_on_http_has_every_route_and_no_other_and_says_what_each_needs(routes):
    told = told_of_routes(2)
    assert set(told) == {(route.method, route.template) for route in routes}
    for route in routes:
        needs = told[route.method, route.template]
        asked = f"`{route.admit.scope}`" if route.admit else needs
        assert needs == asked
        assert needs.startswith("`marzipan:") is (route.admit is not None)


def test_the_page_on_http_says_of_a_route_what_the_openapi_document_says(routes):
    told = told_of_routes(3)
    for route in routes:
        operation = route.operation
        named = ", ".join(f"`{each.name}`" for each in operation.query)
        said = re.sub(r"\[(.+?)\]\(.+?\)", r"\1", told[route.method, route.template])
        assert said == operation.summary + (f": {named}" if named else "")


def test_the_page_on_caveats_has_every_type_with_its_fields():
    rows = [line.strip("| ").split(" | ") for line in text("caveats").splitlines()]
    told = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in rows if len(row) == 4}
    told.pop("type", None)
    told = {name: fields for name, fields in told.items() if fields}
    assert told == {name: list(kind.__struct_fields__) for name, kind in TYPES.items()}


@pytest.mark.parametrize(("kind", "block"), BLOCKS)
def test_the_commands_of_the_docs_run_as_they_stand(kind, block, run, serving, tmp_path):
    run("init", "--database", "sqlite:///offline.db")
    server = serving("docs", trusted_proxies=["127.0.0.1"] if kind == "proxied" else [])
    env = {
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "MARZIPAN_SERVER": server.url,
        "MARZIPAN_ADMIN_KEY": server.admin_key,
        "MARZIPAN_DATABASE": "sqlite:///offline.db",
    }
    script = block.replace("http://127.0.0.1:4420", server.url)
    try:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
    finally:
        server.stop()
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_page_is_linked_from_the_readme_and_every_link_leads_somewhere():
    readme = (DOCS.parent / "README.md").read_text()
    for page in DOCS.glob("*.md"):
        assert f"docs/{page.name}" in readme
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (DOCS / link).exists(), (page, link)
