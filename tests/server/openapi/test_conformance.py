"""A running server does what its OpenAPI document says, whatever it is sent.

schemathesis makes the requests from the document: those it describes, and those it excludes. Where
a described one would have to know a key, it is given one every other time.
"""

import importlib
import pkgutil
import re
import secrets
from collections import Counter, defaultdict

import httpx
import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from server import operations
from server.openapi.operation import Operation
from server.schemas.oauth import ACCESS_TOKEN, EXCHANGE
from tests.server.net.conftest import Started

ISSUED = "/v2alpha1/admin/issuedApiKeys"
IMPORTED = "/v2alpha1/admin/importedApiKeys"
EXAMPLES = 20
ALLOWED = {
    # Each item of a batch is refused alone, and the others are imported: a success all the same.
    ("adminBatchCreateImportedApiKeys", "negative_data_rejection"),
    # Any method is answered, and one of them is documented.
    ("verifyRequest", "unsupported_method"),
    ("verifyRequestPath", "unsupported_method"),
}
DECLARED = {
    each.id: each
    for module in pkgutil.iter_modules(operations.__path__)
    for each in vars(importlib.import_module(f"server.operations.{module.name}")).values()
    if isinstance(each, Operation)
}


class Keys:
    """New keys of a running server."""

    def __init__(self, server):
        headers = {"Authorization": f"Bearer {server.admin_key}"}
        self._client = httpx.Client(base_url=server.url, headers=headers)
        self._made = 0
        self._asked = Counter()

    def close(self):
        self._client.close()

    def issued(self):
        """The id and the secret."""
        body = {"scopes": ["payments:*"], "ttl": "1h"}
        told = self._client.post(ISSUED, json=body).raise_for_status().json()
        return told["issued_api_key"]["key_id"], told["secret"]

    def imported(self):
        """The id."""
        self._made += 1
        body = {"raw_key": f"raw-{self._made}", "name": "old", "actor_id": "owner"}
        return self._client.post(IMPORTED, json=body).raise_for_status().json()["key_id"]

    def give(self, case):
        """Every other request that is as described names a key that is there, or holds one."""
        if case.meta is None or not case.meta.generation.mode.is_positive:
            return
        self._asked[case.operation.label] += 1
        if self._asked[case.operation.label] % 2:
            return
        if "key_id" in case.path_parameters:
            imported = case.path.startswith(IMPORTED)
            case.path_parameters["key_id"] = self.imported() if imported else self.issued()[0]
        if isinstance(case.body, dict) and "credential" in case.body:
            case.body["credential"] = self.issued()[1]
        # One or the other.
        if isinstance(case.body, dict) and {"ttl", "expire_time"} <= case.body.keys():
            case.body |= {"ttl": "2h", "expire_time": None}
        if isinstance(case.body, dict) and "subject_token" in case.body:
            case.body = {
                "grant_type": EXCHANGE,
                "subject_token": self.issued()[1],
                "subject_token_type": ACCESS_TOKEN,
            }
        if isinstance(case.body, dict) and "grant_id" in case.body:
            case.body |= {"grant_id": secrets.token_hex(16), "revocation_id": "", "key_id": ""}


def clamped(case):
    """Whether a page was asked for that is too large or too small, which no listing refuses."""
    size = str((case.query or {}).get("page_size", ""))
    return re.fullmatch(r"-?[0-9]{1,9}", size) is not None and not 1 <= int(size) <= 1000


def ahead(case):
    """Whether a revision was asked for that no node has: that is a 503, until one has it."""
    body = case.body if isinstance(case.body, dict) else {}
    items = body.get("requests")
    asked = [case.query or {}, body, *(items if isinstance(items, list) else ())]
    return any(isinstance(each, dict) and each.get("min_revision") for each in asked)


class Report:
    """What was found, by operation id."""

    def __init__(self):
        self.faults = defaultdict(list)
        self.statuses = defaultdict(set)
        self.errors = []

    def add(self, recorder):
        """What one run of cases of an operation answered, and which checks failed."""
        for case_id, node in recorder.cases.items():
            operation_id = node.value.operation.definition.raw["operationId"]
            seen = recorder.interactions.get(case_id)
            if seen is not None and seen.response is not None:
                self.statuses[operation_id].add(seen.response.status_code)
            for check in recorder.checks.get(case_id, ()):
                allowed = (
                    (operation_id, check.name) in ALLOWED
                    or (check.name == "negative_data_rejection" and clamped(node.value))
                    or (
                        check.name == "not_a_server_error"
                        and seen.response.status_code == 503
                        and ahead(node.value)
                    )
                )
                if check.status is not Status.SUCCESS and not allowed:
                    why = check.failure_info.failure
                    told = f"{check.name}: {why.message}\n{node.value.as_curl_command()}"
                    self.faults[operation_id].append(told)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Of every operation, with described and with excluded requests."""
    server = Started(tmp_path_factory.mktemp("server"))
    keys = Keys(server)

    @schemathesis.hook("before_call")
    def give(context, case, kwargs):
        keys.give(case)

    try:
        yield run(server, keys.issued()[1])
    finally:
        schemathesis.hooks.unregister(give)
        keys.close()
        server.stop()


def run(server, credential):
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "base-url": server.url,
            "continue-on-failure": True,
            "auth": {
                "openapi": {
                    "adminKey": {"bearer": server.admin_key},
                    "adminKeyAsPassword": {"username": "any", "password": server.admin_key},
                    "credential": {"bearer": credential},
                }
            },
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
            "phases": {"stateful": {"enabled": False}},
            # What JSON Schema can't say (a scope's grammar, one field or another) is a 400.
            "checks": {"positive_data_acceptance": {"enabled": False}},
        }
    )
    report = Report()
    document = schemathesis.openapi.from_dict(
        httpx.get(f"{server.url}/openapi.json").json(), config=config
    )
    for event in from_schema(document).execute():
        if isinstance(event, events.ScenarioFinished):
            report.add(event.recorder)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            report.errors.append(str(event))
    return report


def test_every_request_was_made_and_answered(report):
    assert report.errors == []
    assert report.statuses.keys() == DECLARED.keys()


@pytest.mark.parametrize("operation_id", DECLARED)
def test_an_operation_answers_as_documented(report, operation_id):
    faults = report.faults[operation_id]
    assert not faults, f"{len(faults)} faults, the first of them: {faults[0]}"


@pytest.mark.parametrize("operation_id", DECLARED)
def test_an_operation_was_seen_to_succeed(report, operation_id):
    assert report.statuses[operation_id] & DECLARED[operation_id].answers.keys()
