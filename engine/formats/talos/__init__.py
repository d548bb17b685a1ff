"""Credentials that Ory Talos issued, verified here for people who move.

    issued key    <prefix>_v1_<base58>_<base58>       a checksum under the old HMAC secret
    macaroon      <prefix>_v1_<base64url>             libmacaroons V2, derived from a key
    imported key  any text                            looked up by a hash

Nothing is minted in these formats. A key's row is looked up as a native key's is, under a master
id that no native key has; verdicts, errors, scopes, networks and revocation are the native ones.
"""

from .hmacsecret import HmacSecret as HmacSecret
from .installation import NIL as NIL
from .installation import Installation as Installation
from .issued import EARLIER as EARLIER
from .issued import is_second_of as is_second_of
from .prefixes import TalosPrefixes as TalosPrefixes
from .verify import TalosVerifier as TalosVerifier
