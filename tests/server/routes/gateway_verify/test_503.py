"""/v1/verify, 503: the database is out of reach."""

from engine.caveats import Budget
from storage.errors import StoreUnavailable
from tests.server.routes.gateway_verify.asking import gate


def test_gateway_503_where_the_database_is_needed_and_cannot_be_reached(api, problem, monkeypatch):
    _, secret = api.issue()

    async def fail(*_):
        raise StoreUnavailable("gone")

    monkeypatch.setattr(api.node.store, "get", fail)
    problem(gate(api, secret), 503, "SERVICE_UNAVAILABLE")
    monkeypatch.undo()
    token = api.narrow(secret, Budget("calls", 5, 60))
    assert gate(api, token).status_code == 200
    monkeypatch.setattr(api.node.store, "debit", fail)
    problem(gate(api, token), 503, "SERVICE_UNAVAILABLE")
    assert gate(api, secret).status_code == 200  # all that it needs is in memory
