"""Derived tokens as JWTs: a grant's header in another envelope. Needs PyJWT and cryptography.

1. The key fixes the algorithm (EdDSA or RS256); what the token says of it must agree, never choose.
2. Nothing of the payload is read before the signature held over the exact received text.
3. One token has one spelling: no padding, no stray bits, no repeated member, no unknown header.
4. A verified JWT stands or falls as a native grant does: by the same denylist and the same terms.
5. A JWT can't be narrowed by its holder, and derives nothing.
"""

from .compact import looks_like_jwt as looks_like_jwt
from .keys import PublicKey as PublicKey
from .keys import VerifyingKey as VerifyingKey
from .reading import JwtInfo as JwtInfo
from .reading import inspect as inspect
from .sign import Signer as Signer
from .verify import JwtVerifier as JwtVerifier
