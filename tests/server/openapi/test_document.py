"""The OpenAPI document: valid, whole, and of the served routes alone."""

import json
import re

import msgspec
import pytest
from openapi_spec_validator import validate

from server.openapi.document import build
from server.openapi.fields import FIELDS, OF_ONE
from server.openapi.operation import Operation
from server.routes import Route

TALOS = {
    ("post", "/v2alpha1/admin/issuedApiKeys"): "adminIssueApiKey",
    ("get", "/v2alpha1/admin/issuedApiKeys"): "adminListIssuedApiKeys",
    ("get", "/v2alpha1/admin/issuedApiKeys/{key_id}"): "adminGetIssuedApiKey",
    ("patch", "/v2alpha1/admin/issuedApiKeys/{key_id}"): "adminUpdateIssuedApiKey",
    ("post", "/v2alpha1/admin/issuedApiKeys/{key_id}:rotate"): "adminRotateIssuedApiKey",
    ("post", "/v2alpha1/admin/issuedApiKeys/{key_id}:revoke"): "adminRevokeIssuedApiKey",
    ("post", "/v2alpha1/admin/importedApiKeys"): "adminImportApiKey",
    ("get", "/v2alpha1/admin/importedApiKeys"): "adminListImportedApiKeys",
    ("get", "/v2alpha1/admin/importedApiKeys/{key_id}"): "adminGetImportedApiKey",
    ("patch", "/v2alpha1/admin/importedApiKeys/{key_id}"): "adminUpdateImportedApiKey",
    ("delete", "/v2alpha1/admin/importedApiKeys/{key_id}"): "adminDeleteImportedApiKey",
    ("post", "/v2alpha1/admin/importedApiKeys/{key_id}:revoke"): "adminRevokeImportedApiKey",
    ("post", "/v2alpha1/admin/importedApiKeys:batchCreate"): "adminBatchCreateImportedApiKeys",
    ("post", "/v2alpha1/admin/apiKeys:verify"): "adminVerifyApiKey",
    ("post", "/v2alpha1/admin/apiKeys:batchVerify"): "adminBatchVerifyApiKeys",
    ("post", "/v2alpha1/admin/apiKeys:derive"): "adminDeriveToken",
    ("post", "/v2alpha1/apiKeys:selfRevoke"): "revokeApiKey",
    ("get", "/v2alpha1/derivedKeys/jwks.json"): "getJwks",
}
# What their names say.
PLAIN = {"create_time", "update_time"}
SURFACES = ("all", "public", "admin")


@pytest.fixture(params=SURFACES)
def routes(request, open_api):
    return open_api(surface=request.param).table()


@pytest.fixture
def document(routes):
    return json.loads(msgspec.json.encode(build(routes)))


def operations(document):
    return {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def refs(value):
    if isinstance(value, dict):
        yield from (each for key, each in value.items() if key == "$ref")
        yield from (ref for each in value.values() for ref in refs(each))
    elif isinstance(value, list):
        yield from (ref for each in value for ref in refs(each))


def test_the_document_of_every_surface_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_every_reference_of_the_document_resolves_and_every_schema_is_used(document):
    found = set(refs(document))
    assert found
    for ref in found:
        value = document
        for part in ref.removeprefix("#/").split("/"):
            value = value[part]
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert schemas <= found


def test_the_document_has_every_route_that_is_served_and_no_other(routes, document):
    told = {(method.upper(), path) for method, path in operations(document)}
    assert told == {
        ("GET" if route.method == "*" else route.method,
         route.template.replace("/**", "/{original_path}"))
        for route in routes
    }  # fmt: skip


def test_the_operation_ids_are_unique_and_those_of_the_official_clients(document):
    told = {where: each["operationId"] for where, each in operations(document).items()}
    assert len(set(told.values())) == len(told)
    for where, operation_id in TALOS.items():
        assert told.get(where, operation_id) == operation_id


def test_every_compatible_operation_is_described(open_api):
    told = operations(msgspec.to_builtins(build(open_api().table())))
    assert told.keys() >= TALOS.keys()


def test_two_routes_with_one_operation_id_are_refused(routes):
    with pytest.raises(ValueError, match="getVersion"):
        build([*routes, next(each for each in routes if each.template == "/version")])


def test_a_route_cannot_be_made_without_an_operation():
    with pytest.raises(TypeError, match="operation"):
        Route("GET", "/a", lambda request: None)
    with pytest.raises(TypeError, match="summary"):
        Operation(id="a", answers={200: None})


def test_the_document_says_which_scope_each_admin_route_needs(routes, document):
    told = operations(document)
    for route in routes:
        if route.admit is not None:
            operation = told[route.method.lower(), route.template]
            scopes = [route.admit.scope]
            basic = [{"adminKeyAsPassword": scopes}] if "oauth2" in route.template else []
            assert operation["security"] == [{"adminKey": scopes}, *basic]
            assert {"401", "403"} <= operation["responses"].keys()


def test_every_parameter_of_a_path_is_described(document):
    for (_, path), operation in operations(document).items():
        named = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"]
        assert named == re.findall(r"\{(\w+)\}", path)


def test_what_must_be_given_is_required_in_the_document(open_api):
    schemas = build(open_api().table()).components["schemas"]
    for name, fields in {
        "ImportRequest": ["name", "actor_id"],
        "DeriveRequest": ["credential"],
        "SelfRevokeRequest": ["credential"],
        "TokenRequest": ["credential"],
        "BatchVerifyRequest": ["requests"],
        "BatchImportRequest": ["requests"],
        "RevokeRequest": ["reason"],
        "IssueRequest": [],
    }.items():
        assert schemas[name]["required"] == fields


def test_an_answer_always_has_its_fields_but_for_those_that_may_be_unset(open_api):
    schemas = build(open_api().table()).components["schemas"]
    verdict = schemas["VerifyResponse"]
    unset = {"stale", "error_code", "error_message", "rate_limit_remaining"}
    assert set(verdict["required"]) == verdict["properties"].keys() - unset
    assert not any("default" in each for each in verdict["properties"].values())


def test_a_route_says_what_it_reads_where_it_reads_a_body(routes):
    for route in routes:
        reads = route.operation.request is not None
        assert reads is (route.method in ("POST", "PATCH")), route.template
        assert not reads or route.body_limit is not None, route.template


class Form(msgspec.Struct):
    token: str


def test_a_form_is_described_as_one():
    operation = Operation(
        id="a", summary="take a form", request=Form, form=True, answers={204: None}
    )
    told = build([Route("POST", "/a", lambda request: None, operation)])
    body = told.paths["/a"]["post"]["requestBody"]
    ref = {"$ref": "#/components/schemas/Form"}
    assert body == {
        "required": True,
        "content": {"application/x-www-form-urlencoded": {"schema": ref}},
    }


def test_every_operation_stands_under_one_heading_that_is_described(document):
    told = {each["name"]: each["description"] for each in document["tags"]}
    used = [operation["tags"] for operation in operations(document).values()]
    assert all(len(tags) == 1 for tags in used) and all(told.values())
    assert {tag for [tag] in used} == told.keys()


def test_every_field_of_a_request_is_described_and_no_description_is_of_nothing(open_api):
    routes = open_api().table()
    schemas = build(routes).components["schemas"]
    read = {route.operation.request.__name__ for route in routes if route.operation.request}
    read |= {"Context", "Amount", "RateLimitPolicy", "IpRestriction", "ImportedKeyHash"}
    for struct in read | {"IssuedApiKey"}:
        for name, told in schemas[struct].get("properties", {}).items():
            assert told.get("description") or name in PLAIN, (struct, name)
    there = {
        (name, field) for name, each in schemas.items() for field in each.get("properties", ())
    }
    assert FIELDS.keys() <= {field for _, field in there}
    assert OF_ONE.keys() <= there


def test_every_parameter_of_a_query_has_a_type_and_a_page_its_bounds(document):
    for operation in operations(document).values():
        for each in operation.get("parameters", ()):
            if each["in"] == "query":
                kinds = ("string", "integer", "boolean")
                assert each["description"] and each["schema"]["type"] in kinds
                if each["name"] == "page_size":
                    assert (each["schema"]["minimum"], each["schema"]["maximum"]) == (1, 1000)


def test_the_document_says_how_metadata_is_asked_for(open_api):
    told = operations(msgspec.to_builtins(build(open_api().table())))["get", "/v1/keys"]
    assert "`metadata.owner.team=red`" in told["description"]


def test_no_schema_is_named_after_how_the_server_is_built(document):
    assert not [
        name for name in document["components"]["schemas"] if name.startswith(("Wire", "_"))
    ]
