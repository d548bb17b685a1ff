"""An unverified reading of a token, and an explanation, as JSON that people can read."""

from engine import Explanation, TokenInfo
from engine.formats.jwt import JwtInfo
from engine.header import GrantHeader, Header
from engine.networks import spell

from .caveatjson import to_json
from .keyids import key_id_text
from .timestamps import from_seconds


def reading(info: TokenInfo) -> dict[str, object]:
    """What a token says of itself; every name says that nothing was verified."""
    return {
        "verified": False,
        "prefix": info.prefix,
        "sealed": info.unverified_sealed,
        "size": info.size,
        "unverified_header": _header(info.unverified_header),
        "unverified_blocks": [
            {
                "caveats": [
                    {"type": each} if isinstance(each, str) else to_json(each)
                    for each in block.caveats
                ],
                "problem": block.problem,
            }
            for block in info.unverified_blocks
        ],
    }


def jwt_reading(info: JwtInfo) -> dict[str, object]:
    """What a derived JWT says of itself, under the names that a grant's reading has."""
    header = _header(info.unverified_header)
    del header["master_id"]
    return {
        "verified": False,
        "prefix": "",
        "sealed": True,
        "size": info.size,
        "unverified_header": header
        | {
            "type": "jwt",
            "algorithm": info.unverified_algorithm,
            "kid": info.unverified_kid,
            "issuer": info.unverified_issuer,
            "tenant": info.unverified_tenant,
        },
        "unverified_blocks": [],
    }


def _header(header: Header) -> dict[str, object]:
    if not isinstance(header, GrantHeader):
        return {
            "type": "key",
            "master_id": header.master_id,
            "tenant_epoch": header.tenant_epoch,
            "key_id": key_id_text(header.key_id),
            "issue_time": from_seconds(header.issued_at),
        }
    return {
        "type": "grant",
        "master_id": header.master_id,
        "tenant_epoch": header.tenant_epoch,
        "key_id": key_id_text(header.key_id),
        "grant_id": key_id_text(header.grant_id),
        "generation": header.generation,
        "issue_time": from_seconds(header.issued_at),
        "expire_time": from_seconds(header.expires_at),
        "actor_id": header.actor,
        "scopes": header.scopes,
        "allowed_cidrs": None if header.cidrs is None else [spell(each) for each in header.cidrs],
        "audiences": header.audiences,
    }


def explained(explanation: Explanation) -> dict[str, object]:
    """Step by step: each check, whether it allows, and why not."""
    return {
        "allowed": explanation.allowed,
        "not_checked": explanation.not_checked,
        "steps": [
            {
                "check": step.check,
                "name": step.name,
                "block": step.block,
                "index": step.index,
                "allows": step.reason is None,
                "reason": step.reason,
            }
            for step in explanation.steps
        ],
    }
