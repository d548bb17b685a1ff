"""What answers a request knows its tenant: nothing on the way asks the node for one."""

import ast
from pathlib import Path

import server
from server.tenantsettings import TenantSettings

ROOT = Path(server.__file__).parent
# Starting, and what is done offline; and the table of a server that has one tenant.
OFFLINE = {"app.py", "bootstrap.py", "talosimport/takeover.py"}


def chains():
    """Every dotted expression of the server, as `file, dotted name`."""
    for path in sorted(ROOT.rglob("*.py")):
        for each in ast.walk(ast.parse(path.read_text())):
            if isinstance(each, ast.Attribute):
                yield path.relative_to(ROOT).as_posix(), ast.unparse(each)


def test_only_what_starts_or_works_offline_asks_for_the_tenant_of_the_settings():
    asked = {
        name
        for name, chain in chains()
        if chain.endswith(("node.tenant", "node.settings.tenant")) and name != "node.py"
    }
    assert asked == OFFLINE, "take the tenant as an argument: there may be several"


def test_a_setting_that_a_tenant_may_have_of_its_own_is_asked_of_the_tenant():
    ends = tuple(f"node.settings.{name}" for name in TenantSettings.__struct_fields__)
    asked = {(name, chain) for name, chain in chains() if chain.endswith(ends)}
    assert asked == {("bootstrap.py", "node.settings.max_ttl")}, "ask tenant.settings"
