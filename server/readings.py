"""An unverified reading of a token, and an explanation, as JSON that people can read."""

from typing import Any

from engine import Explanation, TokenInfo
from engine.formats.jwt import JwtInfo
from engine.header import GrantHeader, Header
from engine.inspect import UnverifiedBlock
from engine.networks import spell

from .caveatjson import to_json
from .keyids import key_id_text
from .schemas import readings
from .schemas.readings import BlockReading, ExplainedStep, ExplainResponse, TokenReading
from .timestamps import from_seconds


def reading(info: TokenInfo) -> TokenReading:
    """What a token says of itself; every name says that nothing was verified."""
    return TokenReading(
        prefix=info.prefix,
        sealed=info.unverified_sealed,
        size=info.size,
        unverified_header=_header(info.unverified_header),
        unverified_blocks=tuple(map(_block, info.unverified_blocks)),
    )


def jwt_reading(info: JwtInfo) -> TokenReading:
    """What a derived JWT says of itself, under the names that a grant's reading has."""
    header = readings.JwtHeader(
        algorithm=info.unverified_algorithm,
        kid=info.unverified_kid,
        issuer=info.unverified_issuer,
        tenant=info.unverified_tenant,
        **_granted(info.unverified_header),
    )
    return TokenReading(
        prefix="", sealed=True, size=info.size, unverified_header=header, unverified_blocks=()
    )


def _header(header: Header) -> readings.KeyHeader | readings.GrantHeader:
    if isinstance(header, GrantHeader):
        return readings.GrantHeader(master_id=header.master_id, **_granted(header))
    return readings.KeyHeader(
        master_id=header.master_id,
        tenant_epoch=header.tenant_epoch,
        key_id=key_id_text(header.key_id),
        issue_time=from_seconds(header.issued_at),
    )


def _granted(header: GrantHeader) -> dict[str, Any]:
    return {
        "tenant_epoch": header.tenant_epoch,
        "key_id": key_id_text(header.key_id),
        "grant_id": key_id_text(header.grant_id),
        "generation": header.generation,
        "issue_time": from_seconds(header.issued_at),
        "expire_time": from_seconds(header.expires_at),
        "actor_id": header.actor,
        "scopes": header.scopes,
        "allowed_cidrs": None if header.cidrs is None else tuple(map(spell, header.cidrs)),
        "audiences": header.audiences,
    }


def _block(block: UnverifiedBlock) -> BlockReading:
    caveats = ({"type": each} if isinstance(each, str) else to_json(each) for each in block.caveats)
    return BlockReading(tuple(caveats), block.problem)


def explained(explanation: Explanation) -> ExplainResponse:
    """Step by step: each check, whether it allows, and why not."""
    return ExplainResponse(
        allowed=explanation.allowed,
        not_checked=explanation.not_checked,
        steps=tuple(
            ExplainedStep(
                step.check, step.name, step.block, step.index, step.reason is None, step.reason
            )
            for step in explanation.steps
        ),
    )
