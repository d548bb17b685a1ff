"""The libmacaroons formats: V1, V2 and JSON macaroons, minted, narrowed, bound and verified.

The construction is libmacaroons' (HMAC-SHA256, XSalsa20-Poly1305 for third-party caveats), the
strictness is ours: one spelling per form, every limit stated, nothing skipped.

1. The chain is computed over every caveat and compared, of the macaroon and of every discharge,
   before any caveat is given a meaning.
2. A caveat is cleared by the one string or the one predicate that answers for it, or it denies.
3. A location is a hint outside the chain: no key is chosen by it and nothing is trusted for it.
4. A signature is the authority to append: no repr and no error shows one.

Third-party caveats need PyNaCl, which the extra `marzipan[formats]` installs.
"""

from . import mint as mint
from . import text as text
from . import v1 as v1
from . import v1_json as v1_json
from . import v2 as v2
from . import v2_json as v2_json
from . import verify as verify
from .macaroon import Caveat as Caveat
from .macaroon import Macaroon as Macaroon
from .verify import Verifier as Verifier
