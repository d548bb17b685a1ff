"""What this moment's memory says of a credential: nothing here waits, so it is of one moment."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from engine import Access, CaveatUnmet, Debit, Grant, RecordNeeded, TokenError, TokenInfo, inspect
from engine.caveats import Audience
from engine.formats.imported import DigestNeeded
from engine.formats.jwt import inspect as inspect_jwt
from engine.formats.jwt import looks_like_jwt
from engine.header import GrantHeader
from engine.types import RateLimit

from .limits.limit import Limit, Outcome
from .node import Node, Tenant
from .toooften import RateLimited


class Judged(NamedTuple):
    """What a credential is good for, and what using it would spend and count against."""

    grant: Grant
    debits: Sequence[Debit]
    limits: Sequence[Limit]


class KeyLimit(NamedTuple):
    """The rate limit of a derived token's key, or that it has none."""

    limit: RateLimit | None


class KeyLimitNeeded(Exception):
    """A derived token's key is not in memory, and the token counts against its rate limit."""

    def __init__(self, key_id: bytes) -> None:
        super().__init__("the rate limit of the key is needed")
        self.key_id = key_id


class MustWait(Exception):
    """Memory alone can't answer. Nothing was counted, spent or told."""


def judge(
    node: Node,
    tenant: Tenant,
    credential: str,
    access: Access,
    audiences: Sequence[str] = (),
    of_key: KeyLimit | None = None,
) -> Judged:
    """What the credential is good for. Says nothing of the lease, counts and spends nothing.

    A derived token counts against its key's limit, which stands in the key's record, or is
    `of_key`: what says nothing of it can't be a way around it. Where `audiences` are expected, the
    token must name at least one, and one of them must stand in every list that it has.

    Raises TokenError, or RecordNeeded, DigestNeeded and KeyLimitNeeded for what is to be fetched.
    """
    grant = _for_any_audience(tenant, credential, access, audiences)
    debits, limit = tenant.spending.take(), grant.limit
    if grant.grant_id is not None:
        record = tenant.records.get(grant.key_id)
        if record is not None:
            limit = record.limit
        elif of_key is not None:
            limit = of_key.limit
        else:
            raise KeyLimitNeeded(grant.key_id)
    limits = node.limits.of(tenant.name, tenant.settings.limits, grant, limit)
    return Judged(grant, debits, limits)


def verify_at_once(
    node: Node, tenant: Tenant, credential: str, access: Access, audiences: Sequence[str] = ()
) -> tuple[Grant, Outcome]:
    """What `verifying.verify` answers, where memory knows it. Raises TokenError, MustWait."""
    judged = judge_at_once(node, tenant, credential, access, audiences)
    outcome = node.limits.at_once(judged.limits)
    if outcome is None:
        raise MustWait
    if not outcome.allowed:
        raise RateLimited.by(outcome, judged.grant)
    node.used(tenant.name, judged.grant.key_id)
    return judged.grant, outcome


def judge_at_once(
    node: Node, tenant: Tenant, credential: str, access: Access, audiences: Sequence[str] = ()
) -> Judged:
    """As `judge`, of a credential that may be accepted now and spends nothing.

    Raises TokenError, MustWait.
    """
    try:
        judged = judge(node, tenant, credential, access, audiences)
    except (RecordNeeded, DigestNeeded, KeyLimitNeeded):
        raise MustWait from None
    # What is missing in memory could only have refused more: a refusal needs no lease.
    if judged.debits or not node.freshness.holds():
        raise MustWait
    return judged


def _for_any_audience(
    tenant: Tenant, credential: str, access: Access, audiences: Sequence[str]
) -> Grant:
    *others, last = _candidates(tenant, credential, audiences) or (None,)
    for audience in others:
        try:
            return _for(tenant, credential, access, audience)
        except CaveatUnmet as unmet:
            if unmet.caveat != "Audience":
                raise
    return _for(tenant, credential, access, last)


def _for(tenant: Tenant, credential: str, access: Access, audience: str | None) -> Grant:
    asked = access if audience is None else msgspec.structs.replace(access, audience=audience)
    grant = tenant.verifier_for(credential).verify(credential, asked)
    if audience is not None and not grant.audiences:
        tenant.spending.take()
        raise CaveatUnmet(0, None, "Audience", "the credential names no audience")
    return grant


def _candidates(tenant: Tenant, credential: str, audiences: Sequence[str]) -> Sequence[str]:
    """The audiences worth asking about, at best one: the first that every list of the token names.

    Read before anything is verified, this chooses the question and never the answer.
    """
    if len(audiences) < 2:
        return audiences
    lists: list[Sequence[str]]
    try:
        if looks_like_jwt(credential):
            lists = [inspect_jwt(credential).unverified_header.audiences or ()]
        else:
            lists = _lists(inspect(credential, prefixes=tenant.prefixes))
    except TokenError:
        return audiences  # another system's, or none at all
    named = (one for one in audiences if all(one in each for each in lists))
    return (next(named, audiences[-1]),)


def _lists(info: TokenInfo) -> list[Sequence[str]]:
    head = info.unverified_header
    caveats = (caveat for block in info.unverified_blocks for caveat in block.caveats)
    lists = [caveat.audiences for caveat in caveats if isinstance(caveat, Audience)]
    if isinstance(head, GrantHeader) and head.audiences is not None:
        lists.append(head.audiences)
    return lists
