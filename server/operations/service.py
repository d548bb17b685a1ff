"""The server about itself, and its two logs."""

from server.openapi.operation import Operation, Query
from server.schemas.cluster import ClusterState
from server.schemas.revocations import RevocationRequest, RevocationResponse
from server.schemas.service import (
    AuditHeads,
    AuditPage,
    Health,
    JwksResponse,
    OpenApiDocument,
    RevocationLog,
    Version,
)

from .parameters import NOT_EMPTY, PAGE_SIZE, PAGE_TOKEN

ALIVE = Operation(id="getAlive", summary="the process runs", answers={200: Health})
READY = Operation(
    id="getReady",
    summary="the revocation log is known and the database answers",
    answers={200: Health},
)
VERSION = Operation(id="getVersion", summary="the version", answers={200: Version})
OPENAPI = Operation(
    id="getOpenApi",
    summary="the OpenAPI 3.1 document of the routes that are served",
    answers={200: OpenApiDocument, 304: None},
    headers=("Cache-Control", "ETag"),
)
JWKS = Operation(
    id="getJwks",
    summary="the public keys that derived JWTs are signed with",
    answers={200: JwksResponse},
    headers=("Cache-Control",),
)
WELL_KNOWN_JWKS = Operation(
    id="getWellKnownJwks",
    summary="the same, where other software looks for it",
    answers={200: JwksResponse},
    headers=("Cache-Control",),
)
REVOCATIONS = Operation(
    id="listRevocations",
    summary="the revocation log, once or as it grows",
    description="With `Accept: text/event-stream` the answer is a stream of server-sent events: "
    "each `revocation` has one entry as its data, and as its id what `after` or `Last-Event-ID` "
    "takes to go on behind it. With `wait` an answer that would be empty waits for an entry.",
    query=(
        PAGE_SIZE,
        Query("after", "The `positions` of the answer before, or `now`."),
        Query("wait", "How long to wait for an entry, such as `25s`; at most `60s`."),
    ),
    headers=("Cache-Control", "X-Accel-Buffering"),
    answers={200: RevocationLog},
    stream=True,
)
REVOKE = Operation(
    id="addRevocation",
    summary="revoke a derived or narrowed token by its id: `grant_id`, or `revocation_id` and "
    "`key_id`",
    request=RevocationRequest,
    answers={200: RevocationResponse},
    refusals=(404,),
    revokes=True,
)
CLUSTER = Operation(
    id="getCluster",
    summary="the nodes over this database, and how far each has come",
    answers={200: ClusterState},
    headers=("Cache-Control",),
)
AUDIT = Operation(
    id="listAudit",
    summary="who did what, the newest first",
    query=(
        PAGE_SIZE,
        PAGE_TOKEN,
        Query("tenant", "Of which tenant; absent, the served one."),
        Query(
            "target",
            "About this alone: the id of a key or token.",
            NOT_EMPTY,
        ),
    ),
    answers={200: AuditPage},
    headers=("Cache-Control",),
)
AUDIT_HEADS = Operation(
    id="listAuditHeads",
    summary="the last row of each chain, to be kept elsewhere for `marzipan audit verify`",
    answers={200: AuditHeads},
    headers=("Cache-Control",),
)
