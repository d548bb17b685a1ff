"""Query parameters that several operations take."""

from collections.abc import Mapping

from server.openapi.operation import Query

_SIZE = {"type": "integer", "minimum": 1, "maximum": 1000}

NOT_EMPTY = {"type": "string", "minLength": 1}
PAGE_SIZE = Query(
    "page_size",
    "How many at most; past 1,000 it is 1,000.",
    _SIZE,
)
PAGE_TOKEN = Query("page_token", "The `next_page_token` of the answer before.")
MIN_REVISION = Query(
    "min_revision",
    "The `Marzipan-Revision` of a revocation: nothing older may be answered by.",
    NOT_EMPTY,
)
FILTER = Query("filter", 'Such as `actor_id="billing" AND status=KEY_STATUS_ACTIVE`.')
UPDATE_MASK = Query("update_mask", "The fields to change, joined by commas; absent, all given.")


def words(*texts: str) -> Mapping[str, object]:
    """The schema of a parameter that is one of these words."""
    return {"type": "string", "enum": [str(text) for text in texts]}
