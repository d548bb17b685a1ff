"""Verify and batch verify: is a credential good for an access.

Each answers at once where memory knows, and else waits for what it lacks.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

import msgspec

from engine import Access, Grant, MalformedToken, TokenError
from server import answers
from server.asgi import Headers, Request, Response, json_response
from server.client import client_ip
from server.current import reach
from server.judging import MustWait, judge_at_once, verify_at_once
from server.limits.headers import rate_limit
from server.limits.limit import NO_LIMITS, Outcome
from server.node import Node, Tenant
from server.onemoment import OneMoment
from server.schemas import (
    BatchVerifyResponse,
    VerifyRequest,
    VerifyResponse,
    decode,
    decode_batch,
)
from server.toooften import told_of
from server.trials import Busy
from server.verifying import judge_when_known, verify

_NO_STORE = ((b"cache-control", b"no-store"),)
# The compatible word for: no answer of a cache that could be out of date.
_CACHE = ((b"ory-talos-cache", b"SKIP"),)
# Credentials of a batch that all others may have to wait for, and their bytes: to refuse 8,192 of
# many caveats takes some milliseconds.
AT_ONCE = 16
AT_ONCE_BYTES = 8192

Found = tuple[Grant, Outcome] | TokenError


class Verify:
    """The handlers, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def one(self, request: Request) -> Response:
        body = decode(VerifyRequest, request.body)
        access, audiences = self._asked(request, body)
        return self._verdict(body, access, await self._found(body, access, audiences))

    def one_at_once(self, request: Request) -> Response:
        """The same from memory. Raises Problem, MustWait."""
        body = decode(VerifyRequest, request.body)
        access, audiences = self._asked(request, body)
        found: Found
        try:
            self._require_ready(body)
            found = verify_at_once(self._node, self._tenant, body.credential, access, audiences)
        except TokenError as error:
            found = error
        return self._verdict(body, access, found)

    async def batch(self, request: Request) -> Response:
        results: list[VerifyResponse] = []
        later: Headers = ()
        moment = OneMoment(self._node, self._tenant)
        requests = decode_batch(request.body)
        for each in requests:
            try:
                answer = self._answer(each, await self._found(each, *self._asked(request, each)))
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
            results[place] = self._answer(requests[place], error)
        return self._told(results, later)

    def batch_at_once(self, request: Request) -> Response:
        """The same from memory, of few credentials whose uses nobody counts: all of one moment.

        Raises Problem, MustWait.
        """
        requests = decode_batch(request.body)
        if len(requests) > AT_ONCE:
            raise MustWait
        if sum(len(each.credential) for each in requests) > AT_ONCE_BYTES:
            raise MustWait
        # Nothing is remembered of any before all of them are known.
        found = [self._found_at_once(request, each) for each in requests]
        # They are told together, so the lease of the first must still run at the last.
        if not self._node.freshness.holds():
            raise MustWait
        for each in found:
            if not isinstance(each, TokenError):
                self._node.used(self._tenant.name, each[0].key_id)
        return self._told([self._answer(*pair) for pair in zip(requests, found, strict=True)])

    async def _found(self, body: VerifyRequest, access: Access, audiences: Sequence[str]) -> Found:
        try:
            _require_text(body)
            await reach(self._node, body.revision())
            return await verify(self._node, self._tenant, body.credential, access, audiences)
        except TokenError as error:
            return error

    def _found_at_once(self, request: Request, body: VerifyRequest) -> Found:
        access, audiences = self._asked(request, body)
        try:
            self._require_ready(body)
            judged = judge_at_once(self._node, self._tenant, body.credential, access, audiences)
        except TokenError as error:
            return error
        if judged.limits:
            raise MustWait
        return judged.grant, NO_LIMITS

    async def _again(self, request: Request, body: VerifyRequest) -> None:
        access, audiences = self._asked(request, body)
        await judge_when_known(self._node, self._tenant, body.credential, access, audiences)

    def _require_ready(self, body: VerifyRequest) -> None:
        _require_text(body)
        if not self._node.feed.has(body.revision()):
            raise MustWait

    def _verdict(self, body: VerifyRequest, access: Access, found: Found) -> Response:
        """The verdict, how rate limits stand, and when to come again where that is known."""
        if not isinstance(found, TokenError):
            self._node.counts.judged(None)
            return self.granted(*found)
        answer = self._answer(body, found)
        self._count(answer)
        return json_response(200, answer, _NO_STORE + _CACHE + told_of(found, access.now))

    def granted(self, grant: Grant, outcome: Outcome = NO_LIMITS) -> Response:
        """What is said of a credential that is good."""
        answer = answers.granted(self._node, self._tenant, grant, outcome)
        return json_response(200, answer, _NO_STORE + _CACHE + rate_limit(outcome))

    def _answer(self, body: VerifyRequest, found: Found) -> VerifyResponse:
        node, tenant = self._node, self._tenant
        if isinstance(found, TokenError):
            return answers.refused(node, tenant, body.credential, found)
        return answers.granted(node, tenant, *found)

    def _told(self, results: Sequence[VerifyResponse], later: Headers = ()) -> Response:
        # Not before: what is counted is what is told.
        for answer in results:
            self._count(answer)
        return json_response(200, BatchVerifyResponse(tuple(results)), _NO_STORE + later)

    def _count(self, answer: VerifyResponse) -> None:
        self._node.counts.judged(None if answer.is_valid else answer.error_code or "")

    def _asked(self, request: Request, body: VerifyRequest) -> tuple[Access, Sequence[str]]:
        """The facts that a body states, and the audiences one of which the token must name."""
        access, audiences = body.access(self._node.now()), body.expected_audiences
        if access.client_ip is None:
            access = msgspec.structs.replace(access, client_ip=client_ip(self._node, request))
        if not audiences and access.audience is not None:
            audiences = (access.audience,)
        return access, audiences


def _require_text(body: VerifyRequest) -> None:
    if not body.credential:
        raise MalformedToken("credential is required")
