"""Admin keys that are for one tenant: their text ends in an Audience caveat that names it.

So the engine itself refuses them elsewhere, nobody can take the caveat off, and whoever holds a key
for all tenants makes one for some of them offline. The bare key of one that was issued for a tenant
is shown to nobody.
"""

from engine import TokenError
from engine.authentic import authenticate
from engine.block import decode
from engine.caveats import Audience

from .tenant import Tenant


def audience_of(tenant: str) -> str:
    """What an admin key's Audience caveat calls a tenant."""
    return f"marzipan:tenant:{tenant}"


def names_others(system: Tenant, text: str, tenant: str) -> bool:
    """Whether a text is an admin key for other tenants than this one; nothing is looked up."""
    try:
        authentic = authenticate(text, system.keys, system.prefixes)
    except TokenError:
        return False
    blocks = enumerate(authentic.blocks)
    caveats = (caveat for number, block in blocks for caveat in decode(block, number))
    named = (each.audiences for each in caveats if isinstance(each, Audience))
    return any(audience_of(tenant) not in audiences for audiences in named)
