"""Keys of both kinds while they live, and actors."""

from server.openapi.operation import Operation
from server.schemas import (
    ActorRevocation,
    ExtendRequest,
    IssuedApiKey,
    NoRequest,
    RevokeRequest,
)

SUSPEND = Operation(
    id="suspendKey",
    summary="stop a key, issued or imported, and end all tokens derived from it",
    request=NoRequest,
    answers={200: IssuedApiKey},
    refusals=(404, 409),
)
RESUME = Operation(
    id="resumeKey",
    summary="let a suspended key go on; derive anew from it",
    request=NoRequest,
    answers={200: IssuedApiKey},
    refusals=(404, 409),
)
EXTEND = Operation(
    id="extendKey",
    summary="let a key expire later",
    request=ExtendRequest,
    answers={200: IssuedApiKey},
    refusals=(404, 409),
)
REVOKE_CHILDREN = Operation(
    id="revokeChildren",
    summary="end all tokens derived from a key; the key lives on",
    request=NoRequest,
    answers={200: IssuedApiKey},
    refusals=(404, 409),
)
REVOKE_ACTOR = Operation(
    id="revokeActor",
    summary="revoke all keys of an actor, what is below them, and what was delegated to it",
    request=RevokeRequest,
    answers={200: ActorRevocation},
)
