"""Whether an answer is one that the OpenAPI document describes: the suite asks of all it gets."""

import json

import msgspec
from jsonschema import Draft202012Validator

from server.app import table
from server.asgi import SECURITY_HEADERS
from server.openapi.document import build
from server.problems import Problem
from server.routes import Routes

# Of HTTP itself, and of every answer.
ANYWHERE = {"content-type", "content-length", "connection"} | {
    name.decode() for name, _ in SECURITY_HEADERS
}


class Document:
    """What one surface's document says."""

    def __init__(self, node):
        routes = table(node, node.tenant)
        self._routes = Routes(routes)
        self._told = json.loads(msgspec.json.encode(build(routes)))

    def _resolved(self, value):
        while "$ref" in value:
            found = self._told
            for part in value["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            value = found
        return value

    def check(self, method, path, answer):
        """Fails where the answer of a served route has what the document does not say."""
        try:
            route = self._routes.match(method, path.partition("?")[0]).route
        except Problem:
            return  # no such route, or no such method
        template = route.template.replace("/**", "/{original_path}")
        documented = "get" if route.method == "*" else route.method.lower()
        responses = self._told["paths"][template][documented]["responses"]
        where = f"{route.method} {route.template} {answer.status_code}"
        assert str(answer.status_code) in responses, f"not documented: {where}"
        response = self._resolved(responses[str(answer.status_code)])
        headers = ANYWHERE | {name.lower() for name in response["headers"]}
        assert answer.headers.keys() <= headers, f"header not documented: {where}"
        if "content" not in response or not answer.content:
            assert not answer.content or method == "HEAD", f"a body is not documented: {where}"
            return
        if answer.headers["content-type"] == "text/event-stream":
            assert "text/event-stream" in response["content"], f"no stream is documented: {where}"
            return
        content = response["content"]["application/json"]
        whole = content["schema"] | {"components": self._told["components"]}
        faults = [each.message for each in Draft202012Validator(whole).iter_errors(answer.json())]
        assert not faults, f"not as documented: {where}"
        self._known(content["schema"], answer.json(), where)

    def _known(self, schema, value, where):
        """Fails for a field that is printed and not described."""
        schema = self._resolved(schema)
        if isinstance(value, dict) and "properties" in schema:
            for name, each in value.items():
                assert name in schema["properties"], f"field {name} is not documented: {where}"
                self._known(schema["properties"][name], each, where)
        elif isinstance(value, list) and "items" in schema:
            for each in value:
                self._known(schema["items"], each, where)


_documents = {}


def check_documented(node, method, path, answer):
    """Fails for an answer that the document of the node's surface does not describe."""
    surface = node.settings.surface
    if surface not in _documents:
        _documents[surface] = Document(node)
    _documents[surface].check(method, path, answer)
