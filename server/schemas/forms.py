"""The forms of texts on the wire, for readers of the OpenAPI document.

Nothing is checked here: a type tells again what `limits`, the parsers and the printers see to.
"""

from typing import Annotated, Any

import msgspec

from engine.types import Kind

from . import limits


def form(**schema: Any) -> msgspec.Meta:
    """JSON Schema keywords that stand in the document alone."""
    return msgspec.Meta(extra_json_schema=schema)


def like(struct: str) -> msgspec.Meta:
    """What is read later, each alone, as the Struct of this name."""
    return form(**{"$ref": f"#/components/schemas/{struct}"})


# Of requests. A text's limit is in bytes, and no text has more characters than bytes.
Credential = Annotated[str, form(maxLength=limits.CREDENTIAL, format="password")]
Text = Annotated[str, form(maxLength=limits.TEXT)]
Name = Annotated[str, form(maxLength=limits.NAME)]
Item = Annotated[str, form(minLength=1, maxLength=limits.TEXT)]
Texts = Annotated[tuple[Item, ...], form(maxItems=limits.TEXTS)]
Duration = Annotated[str, form(examples=["3600s", "24h", "1y6mo"])]
Scope = Annotated[str, form(minLength=1, maxLength=limits.TEXT, examples=["payments:*"])]
Scopes = Annotated[tuple[Scope, ...], form(maxItems=limits.TEXTS)]
AnyId = Annotated[
    str,
    form(pattern="^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$"),
]
Int64 = Annotated[int | str, form(description="a whole number, or the same as a string")]
Digest = Annotated[str, form(description="32 bytes as 64 hex digits or in base64")]
Revision = Annotated[str, form(pattern="^([0-9]+:[0-9]+(,[0-9]+:[0-9]+)*)?$")]

# Of answers.
KeyId = Annotated[str, form(format="uuid")]
Time = Annotated[str, form(format="date-time")]
Int64Text = Annotated[str, form(pattern="^[0-9]+$")]
Secret = Annotated[str, form(format="password")]
HexId = Annotated[str, form(pattern="^[0-9a-f]{32}$")]
HexHash = Annotated[str, form(pattern="^[0-9a-f]{64}$")]
Position = Annotated[str, form(pattern="^[0-9]+:[0-9]+$", description="shard:sequence")]
KindName = Annotated[str, form(enum=[kind.name.lower() for kind in Kind])]
JsonObject = Annotated[msgspec.Raw, form(type="object")]
