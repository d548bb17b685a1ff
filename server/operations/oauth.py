"""The standard endpoints around tokens."""

from server.openapi.operation import Operation
from server.schemas.oauth import (
    ExchangeForm,
    ExchangeResponse,
    IntrospectForm,
    IntrospectResponse,
    OAuthRefusal,
    RevokeForm,
    ServerMetadata,
)

from .credentials import LIMITED

_REFUSALS = (400, 429, 500, 503, 504)
_NO_STORE = ("Cache-Control",)

INTROSPECT = Operation(
    id="introspectToken",
    summary="whether a token is active, and what it says (RFC 7662)",
    request=IntrospectForm,
    form=True,
    answers={200: IntrospectResponse},
    headers=_NO_STORE,
    refusals=(*_REFUSALS, 401, 403),
    refused=OAuthRefusal,
    refused_headers=_NO_STORE,
)
REVOKE = Operation(
    id="revokeOAuthToken",
    summary="revoke the last link of the token that is sent (RFC 7009)",
    request=RevokeForm,
    form=True,
    answers={200: None},
    headers=_NO_STORE,
    refusals=_REFUSALS,
    refused=OAuthRefusal,
    refused_headers=_NO_STORE + LIMITED,
    revokes=True,
)
EXCHANGE = Operation(
    id="exchangeToken",
    summary="a short-lived token for a key (RFC 8693); the same as derive",
    request=ExchangeForm,
    form=True,
    answers={200: ExchangeResponse},
    headers=_NO_STORE,
    refusals=(*_REFUSALS, 401, 403),
    refused=OAuthRefusal,
    refused_headers=_NO_STORE,
)
METADATA = Operation(
    id="getServerMetadata",
    summary="where these endpoints are, under the configured `issuer` (RFC 8414)",
    answers={200: ServerMetadata},
    headers=("Cache-Control",),
    refusals=(404,),
)
