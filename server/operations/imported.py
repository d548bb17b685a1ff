"""Imported keys."""

from server.openapi.operation import Operation
from server.schemas import (
    BatchImportRequest,
    BatchImportResponse,
    ImportRequest,
    IssuedApiKey,
    ListImportedResponse,
    RevokeRequest,
    UpdateRequest,
)

from .parameters import FILTER, PAGE_SIZE, PAGE_TOKEN, UPDATE_MASK

IMPORT = Operation(
    id="adminImportApiKey",
    summary="import a raw key of another system, or a hash of one",
    request=ImportRequest,
    answers={201: IssuedApiKey},
    headers=("Location",),
    refusals=(409,),
)
BATCH = Operation(
    id="adminBatchCreateImportedApiKeys",
    summary="import up to 1,000",
    request=BatchImportRequest,
    answers={200: BatchImportResponse},
    refusals=(409,),
)
LIST = Operation(
    id="adminListImportedApiKeys",
    summary="list imported keys",
    query=(PAGE_SIZE, PAGE_TOKEN, FILTER),
    answers={200: ListImportedResponse},
)
GET = Operation(
    id="adminGetImportedApiKey",
    summary="show an imported key",
    answers={200: IssuedApiKey},
    refusals=(404,),
)
UPDATE = Operation(
    id="adminUpdateImportedApiKey",
    summary="change an imported key",
    request=UpdateRequest,
    query=(UPDATE_MASK,),
    answers={200: IssuedApiKey},
    refusals=(404,),
    revokes=True,
)
REVOKE = Operation(
    id="adminRevokeImportedApiKey",
    summary="revoke an imported key and all below it",
    request=RevokeRequest,
    answers={204: None},
    refusals=(404, 409),
    refused_headers=("Marzipan-Revision", "Marzipan-Propagation", "Marzipan-Applied"),
    revokes=True,
)
DELETE = Operation(
    id="adminDeleteImportedApiKey",
    summary="delete its row; all below it is revoked",
    answers={204: None},
    refusals=(404,),
    revokes=True,
)
