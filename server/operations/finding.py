"""Finding keys of either kind."""

from server.openapi.operation import Operation, Query
from server.schemas.finding import FoundApiKey, KeyKind, KeysResponse, KeyState
from server.schemas.lineage import LineageResponse

from .parameters import NOT_EMPTY, PAGE_SIZE, PAGE_TOKEN, words

_TIME = {"type": "string", "format": "date-time"}

SEARCH = Operation(
    id="searchKeys",
    summary="find keys of either kind",
    description="A parameter `metadata.PATH`, up to 8 of them, finds the keys whose metadata has "
    "this value there: `metadata.owner.team=red`. A path goes by the names in the metadata, as "
    "they are spelled there. OpenAPI has no word for a parameter whose name is open. All "
    "parameters are joined by AND; an unknown or empty one is a 400.",
    query=(
        Query("kind", "Of which kind.", words(*KeyKind)),
        Query("status", "In which state.", words(*KeyState)),
        Query("actor_id", "Of exactly this actor; empty: of none."),
        Query("name", "Whose name has this in it, whatever the case.", NOT_EMPTY),
        Query(
            "hint",
            "Whose text ends with these 4 characters.",
            {"type": "string", "minLength": 4, "maxLength": 4},
        ),
        Query(
            "hash_pending",
            "Imported as a hash and not used since, or all others.",
            {"type": "boolean"},
        ),
        Query("created_after", "Made from this moment on.", _TIME),
        Query("created_before", "Made before this moment.", _TIME),
        Query("expires_after", "That end from this moment on.", _TIME),
        Query("expires_before", "That end before this moment.", _TIME),
        PAGE_SIZE,
        PAGE_TOKEN,
    ),
    answers={200: KeysResponse},
)
GET = Operation(
    id="getKey",
    summary="show a key of either kind",
    answers={200: FoundApiKey},
    refusals=(404,),
)
LINEAGE = Operation(
    id="getKeyLineage",
    summary="its rotations, and its derived tokens",
    query=(PAGE_SIZE, PAGE_TOKEN),
    answers={200: LineageResponse},
    refusals=(404,),
)
