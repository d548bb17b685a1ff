"""Each surface serves its routes, describes exactly them, and knows nothing of the others."""

import re

import pytest

from server.app import table

SURFACES = ("public", "admin")
# What every process serves.
COMMON = {
    "/.well-known/oauth-authorization-server",
    "/health/alive",
    "/health/ready",
    "/version",
    "/openapi.json",
    "/.well-known/jwks.json",
    "/v2alpha1/derivedKeys/jwks.json",
}


def requests(node):
    """A method and a path for every route, by its template."""
    for route in table(node, node.tenant):
        path = re.sub(r"\{\w+\}", "00000000-0000-4000-8000-000000000000", route.template)
        method = "GET" if route.method == "*" else route.method
        yield route, method, path.replace("/**", "/a/b")


@pytest.fixture
def whole(api):
    """Every route of a server that serves all of them."""
    return {(method, path): route for route, method, path in requests(api.node)}


def test_the_surfaces_share_what_every_process_serves_and_are_all_together(open_api, whole):
    public, admin = (
        {(route.method, route.template) for route in open_api(name, surface=name).table()}
        for name in SURFACES
    )
    assert {template for _, template in public & admin} == COMMON
    assert public | admin == {(route.method, route.template) for route in whole.values()}


def test_the_admin_surface_serves_what_needs_an_admin_key_and_the_public_one_nothing_of_it(
    open_api,
):
    for surface in SURFACES:
        for route in open_api(surface, surface=surface).table():
            if route.template not in COMMON:
                assert (route.admit is not None) is (surface == "admin"), route.template


@pytest.mark.parametrize("surface", SURFACES)
def test_a_route_that_is_not_served_is_a_404_with_the_envelope_for_whoever_asks(
    open_api, problem, whole, surface
):
    api = open_api(surface, surface=surface)
    served = {(method, path) for _, method, path in requests(api.node)}
    missing = whole.keys() - served
    assert missing
    for method, path in missing:
        for key in ("", None):
            error = problem(api.call(method, path, {}, key=key), 404, "NOT_FOUND")
            assert error["message"] == "There is nothing at this path.", (method, path)


@pytest.mark.parametrize("surface", SURFACES)
def test_a_route_that_is_served_is_there(open_api, surface):
    api = open_api(surface, surface=surface)
    for _, method, path in requests(api.node):
        answer = api.call(method, path, {})
        assert answer.status_code != 405, (method, path)
        assert "There is nothing at this path." not in answer.text, (method, path)


@pytest.mark.parametrize("surface", ("all", *SURFACES))
def test_the_document_lists_exactly_the_routes_that_its_server_serves(open_api, whole, surface):
    api = open_api("it", surface=surface)
    told = api.call("GET", "/openapi.json", key=None).json()
    listed = {
        (method.upper(), re.sub(r"\{\w+\}", "_", path))
        for path, methods in told["paths"].items()
        for method in methods
    }
    answered = set()
    for (method, path), route in whole.items():
        answer = api.call(method, path, {})
        if "There is nothing at this path." not in answer.text:
            template = re.sub(r"\{\w+\}", "_", route.template).replace("/**", "/_")
            answered.add((method, template))
    assert listed == answered
