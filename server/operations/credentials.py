"""Credentials in hand, and the tokens below them."""

from server.openapi.operation import Operation
from server.schemas import (
    BatchVerifyResponse,
    DeriveRequest,
    DeriveResponse,
    SelfRevokeRequest,
    SelfRevokeResponse,
    VerifyRequest,
    VerifyResponse,
)
from server.schemas.credentials import BatchVerifyRequest
from server.schemas.leaked import BatchRevokeRequest, BatchRevokeResponse
from server.schemas.readings import ExplainResponse, TokenReading
from server.schemas.revocations import RevocationResponse
from server.schemas.tokens import AttenuateRequest, AttenuateResponse, ExplainRequest, TokenRequest

# What an answer says of a rate limit.
LIMITED = ("RateLimit", "RateLimit-Policy")

VERIFY = Operation(
    id="adminVerifyApiKey",
    summary="whether a credential is good for an access",
    request=VerifyRequest,
    answers={200: VerifyResponse},
    headers=("Cache-Control", "Ory-Talos-Cache", *LIMITED, "Retry-After"),
)
BATCH = Operation(
    id="adminBatchVerifyApiKeys",
    summary="whether credentials are good, up to 100",
    request=BatchVerifyRequest,
    answers={200: BatchVerifyResponse},
    headers=("Cache-Control", "Retry-After"),
)
DERIVE = Operation(
    id="adminDeriveToken",
    summary="a short-lived token from a key",
    request=DeriveRequest,
    answers={200: DeriveResponse},
    headers=("Cache-Control",),
    refusals=(409,),
)
SELF_REVOKE = Operation(
    id="revokeApiKey",
    summary="revoke the key that is sent",
    request=SelfRevokeRequest,
    answers={200: SelfRevokeResponse},
    refusals=(401, 403, 404, 429),
    refused_headers=LIMITED,
    revokes=True,
)
ATTENUATE = Operation(
    id="attenuateToken",
    summary="narrow or seal a token; better done offline",
    request=AttenuateRequest,
    answers={200: AttenuateResponse},
    headers=("Cache-Control",),
)
INSPECT = Operation(
    id="inspectToken",
    summary="what a token says of itself, unverified",
    request=TokenRequest,
    answers={200: TokenReading},
    headers=("Cache-Control",),
)
EXPLAIN = Operation(
    id="explainToken",
    summary="every check, and which one refuses; spends nothing",
    request=ExplainRequest,
    answers={200: ExplainResponse},
    headers=("Cache-Control",),
)
REVOKE_TOKEN = Operation(
    id="revokeToken",
    summary="revoke the last link of the token that is sent, and all below it",
    request=TokenRequest,
    answers={200: RevocationResponse},
    refusals=(403, 404, 429),
    refused_headers=LIMITED,
    revokes=True,
)
BATCH_REVOKE = Operation(
    id="batchRevokeTokens",
    summary="revoke credentials that were found, up to 100, each at its last link",
    request=BatchRevokeRequest,
    answers={200: BatchRevokeResponse},
    refusals=(429,),
    refused_headers=LIMITED,
    revokes=True,
)
