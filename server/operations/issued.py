"""Issued keys."""

from server.openapi.operation import Operation
from server.schemas import (
    IssuedApiKey,
    IssueRequest,
    IssueResponse,
    ListResponse,
    RevokeRequest,
    RotateRequest,
    RotateResponse,
    UpdateRequest,
)

from .parameters import FILTER, PAGE_SIZE, PAGE_TOKEN, UPDATE_MASK

ISSUE = Operation(
    id="adminIssueApiKey",
    summary="issue a key",
    request=IssueRequest,
    answers={201: IssueResponse},
    headers=("Location", "Cache-Control"),
    refusals=(409,),
)
LIST = Operation(
    id="adminListIssuedApiKeys",
    summary="list keys",
    query=(PAGE_SIZE, PAGE_TOKEN, FILTER),
    answers={200: ListResponse},
)
GET = Operation(
    id="adminGetIssuedApiKey",
    summary="show a key",
    answers={200: IssuedApiKey},
    refusals=(404,),
)
UPDATE = Operation(
    id="adminUpdateIssuedApiKey",
    summary="change a key",
    request=UpdateRequest,
    query=(UPDATE_MASK,),
    answers={200: IssuedApiKey},
    refusals=(404,),
    revokes=True,
)
ROTATE = Operation(
    id="adminRotateIssuedApiKey",
    summary="replace a key; `grace` lets the old one live on",
    request=RotateRequest,
    answers={201: RotateResponse},
    headers=("Location", "Cache-Control"),
    refusals=(404, 409),
    revokes=True,
)
REVOKE = Operation(
    id="adminRevokeIssuedApiKey",
    summary="revoke a key and all below it",
    request=RevokeRequest,
    answers={204: None},
    refusals=(404, 409),
    refused_headers=("Marzipan-Revision", "Marzipan-Propagation", "Marzipan-Applied"),
    revokes=True,
)
