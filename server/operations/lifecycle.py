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
    summary="take a key out of use; all derived from it is dead for good",
    request=NoRequest,
    answers={200: IssuedApiKey},
    refusals=(404, 409),
    revokes=True,
)
RESUME = Operation(
    id="resumeKey",
    summary="let a suspended key be used again",
    request=NoRequest,
    answers={200: IssuedApiKey},
    refusals=(404, 409),
)
EXTEND = Operation(
    id="extendKey",
    summary="let a key live longer: `ttl` or `expire_time`",
    request=ExtendRequest,
    answers={200: IssuedApiKey},
    refusals=(404, 409),
)
REVOKE_CHILDREN = Operation(
    id="revokeChildren",
    summary="revoke all that was derived from a key; the key lives on",
    request=NoRequest,
    answers={200: IssuedApiKey},
    refusals=(404, 409),
    revokes=True,
)
REVOKE_ACTOR = Operation(
    id="revokeActor",
    summary="revoke all keys of an actor and all below them",
    request=RevokeRequest,
    answers={200: ActorRevocation},
    revokes=True,
)
