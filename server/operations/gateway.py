"""What gateways ask."""

from server.openapi.operation import Operation, Query
from server.schemas.credentials import REQUIRED
from server.schemas.gateway import Allowed, Denied

from .credentials import LIMITED
from .parameters import MIN_REVISION, NOT_EMPTY, words

_IDENTITY = (
    "Marzipan-Key-Id",
    "Marzipan-Actor",
    "Marzipan-Scopes",
    "Marzipan-Delegates",
    "Marzipan-Stale",
    "Cache-Control",
    *LIMITED,
)


def _gateway(id_: str, summary: str, query: tuple[Query, ...]) -> Operation:
    return Operation(
        id=id_,
        summary=summary,
        description="Any method is answered alike.",
        query=query,
        answers={200: Allowed},
        headers=_IDENTITY,
        refusals=(401, 403, 429),
        refused=Denied,
        refused_headers=("Marzipan-Status", "Cache-Control", "Retry-After", *LIMITED),
        judges=True,
    )


VERIFY = _gateway(
    "verifyRequest",
    "for gateways, see gateway.md",
    (
        Query("scope", f"Required scopes, up to {REQUIRED}, joined by spaces.", NOT_EMPTY),
        Query("tool", "The tool that is used.", NOT_EMPTY),
        Query("resource", "The resource that is used.", NOT_EMPTY),
        Query("audience", "The audience that is expected.", NOT_EMPTY),
        MIN_REVISION,
        Query("deny_as", "Refuse with this status where it would be 429.", words("403")),
    ),
)
VERIFY_PATH = _gateway("verifyRequestPath", "the same, the original path behind it", ())
