"""What a route says of itself to whoever reads the OpenAPI document."""

from collections.abc import Mapping

import msgspec


class Query(msgspec.Struct, frozen=True):
    """A query parameter; `schema` is its JSON Schema, None for any text."""

    name: str
    description: str
    schema: Mapping[str, object] | None = None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation.

    `summary` is also what docs/http.md says of the route, `description` what else there is to say.
    `request` is what the body is read into,
    a form's where `form`. `answers` has the Struct that is printed under each status of success,
    None for an empty body, and `headers` what goes with it. `refusals` are the error statuses of
    its own: those of any request and of any admin route are added. `refused` is their body where
    it is more than the error envelope, `refused_headers` go with it. `judges` says that
    `Authorization` is what is asked about, `stream` that the answer may be a stream of server-sent
    events, `revokes` that its answer names a revision and, where
    it is an administrator's, that it may be told to wait for all nodes.
    """

    id: str
    summary: str
    description: str = ""
    answers: Mapping[int, type[msgspec.Struct] | None]
    request: type[msgspec.Struct] | None = None
    form: bool = False
    query: tuple[Query, ...] = ()
    headers: tuple[str, ...] = ()
    refusals: tuple[int, ...] = ()
    refused: type[msgspec.Struct] | None = None
    refused_headers: tuple[str, ...] = ()
    judges: bool = False
    stream: bool = False
    revokes: bool = False
