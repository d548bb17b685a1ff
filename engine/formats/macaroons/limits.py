"""Sizes of the libmacaroons formats. All in bytes unless said otherwise.

Some are facts of the construction; the others are ours, because the formats have none and what
has no limit is an invitation.
"""

SIGNATURE = 32  # one HMAC-SHA256
SECRET = 32  # the derived key that a third-party caveat seals
NONCE = 24  # of XSalsa20
VID = NONCE + 16 + SECRET  # nonce, Poly1305 tag, sealed key

# The greatest length a V1 packet can state, so a macaroon within it fits all forms but for the
# overhead of the form. It is more than an HTTP header holds, for which servers commonly allow 8 to
# 64 KiB. It holds for each encoded form by itself, text included.
ENCODED = 65535

# Count, far beyond what any issuer known to us appends. Reading and hashing one takes some 5
# microseconds, so a hostile macaroon costs about 5 ms, and not the 100 ms that fit in ENCODED.
CAVEATS = 1024

# Count, per macaroon verified. It bounds the work of one request: 33 macaroons and 32 boxes.
DISCHARGES = 32
