"""What is done with a credential in hand: verify, batch verify, derive, revoke oneself."""

import asyncio
from collections.abc import Sequence
from functools import partial

import msgspec

from engine import Access, MalformedToken, TokenError
from server import answers
from server.asgi import Headers, Request, Response, json_response
from server.client import client_ip
from server.current import reach
from server.deriving import Wish, derive
from server.keyids import key_id_text
from server.limits.headers import rate_limit
from server.node import Node, Tenant
from server.onemoment import OneMoment
from server.possession import self_revoke
from server.schemas import (
    BatchVerifyResponse,
    DerivedToken,
    DeriveRequest,
    DeriveResponse,
    SelfRevokeRequest,
    SelfRevokeResponse,
    TokenAlgorithm,
    VerifyRequest,
    VerifyResponse,
    decode,
    decode_batch,
)
from server.throttle import throttle
from server.timestamps import from_seconds
from server.toooften import told_of
from server.trials import Busy
from server.verifying import judge, verify

_NO_STORE = ((b"cache-control", b"no-store"),)
# The compatible word for: no answer of a cache that could be out of date.
_CACHE = ((b"ory-talos-cache", b"SKIP"),)


class Credentials:
    """The handlers, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def verify(self, request: Request) -> Response:
        body = decode(VerifyRequest, request.body)
        answer, limits = await self._judge(request, body)
        self._count(answer)
        return json_response(200, answer, _NO_STORE + _CACHE + limits)

    async def batch_verify(self, request: Request) -> Response:
        results: list[VerifyResponse] = []
        later: Headers = ()
        moment = OneMoment(self._node, self._tenant)
        requests = decode_batch(request.body)
        for each in requests:
            try:
                answer, _ = await self._judge(request, each)
                if answer.is_valid:
                    moment.accepted(len(results), partial(self._again, request, each))
                results.append(answer)
            except Busy as busy:
                # Of this credential nothing is known yet; that is no reason to keep the others.
                results.append(answers.unjudged(busy))
                later = busy.headers
            # Whoever else is waiting comes between two of them.
            await asyncio.sleep(0)
        for place, error in (await moment.refused()).items():
            text = requests[place].credential
            results[place] = answers.refused(self._node, self._tenant, text, error)
        # Not before: what is counted is what is told.
        for answer in results:
            self._count(answer)
        return json_response(200, BatchVerifyResponse(tuple(results)), _NO_STORE + later)

    async def derive(self, request: Request) -> Response:
        body = decode(DeriveRequest, request.body)
        wish = Wish(
            ttl=body.ttl_seconds(),
            scopes=body.scopes,
            audiences=body.audiences,
            claims=body.custom_claims or {},
            jwt=body.algorithm is not TokenAlgorithm.MACAROON,
        )
        node = self._node
        ip = client_ip(node, request)
        derived = await derive(node, self._tenant, body.credential, wish, ip, request.caller)
        grant_id = derived.minted.grant_id
        token = DerivedToken(
            token=derived.minted.text,
            expire_time=from_seconds(derived.expires_at),
            scopes=derived.scopes,
            claims=msgspec.Raw(msgspec.json.encode(derived.claims)) if derived.claims else None,
            audiences=derived.audiences or (),
            grant_id=key_id_text(grant_id) if grant_id else "",
        )
        return json_response(200, DeriveResponse(token), _NO_STORE)

    async def self_revoke(self, request: Request) -> Response:
        body = decode(SelfRevokeRequest, request.body)
        throttle(self._node, self._tenant, request)
        await self_revoke(self._node, self._tenant, body.credential, body.reason.number)
        return json_response(200, SelfRevokeResponse())

    def _count(self, answer: VerifyResponse) -> None:
        self._node.counts.judged(None if answer.is_valid else answer.error_code or "")

    async def _judge(self, request: Request, body: VerifyRequest) -> tuple[VerifyResponse, Headers]:
        """The verdict, how rate limits stand, and when to come again where that is known."""
        node, tenant = self._node, self._tenant
        access, audiences = self._asked(request, body)
        try:
            if not body.credential:
                raise MalformedToken("credential is required")
            await reach(node, body.revision())
            grant, limits = await verify(node, tenant, body.credential, access, audiences)
        except TokenError as error:
            refused = answers.refused(node, tenant, body.credential, error)
            return refused, told_of(error, access.now)
        return answers.granted(node, tenant, grant, limits), rate_limit(limits)

    async def _again(self, request: Request, body: VerifyRequest) -> None:
        access, audiences = self._asked(request, body)
        await judge(self._node, self._tenant, body.credential, access, audiences)

    def _asked(self, request: Request, body: VerifyRequest) -> tuple[Access, Sequence[str]]:
        access, audiences = self._access(request, body), body.expected_audiences
        if not audiences and access.audience is not None:
            audiences = (access.audience,)
        return access, audiences

    def _access(self, request: Request, body: VerifyRequest) -> Access:
        access = body.access(self._node.now())
        if access.client_ip is not None:
            return access
        return msgspec.structs.replace(access, client_ip=client_ip(self._node, request))
