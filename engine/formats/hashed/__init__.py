"""Keys of which another system kept only a hash: what such hashes are, and whether a text fits.

A fast hash (SHA-2, HMAC) has no salt, so a row stands under it and is found by it. A slow, salted
one has to be tried, so its row stands under the leading characters of the raw key. Either way the
first text that fits is all that is needed: from then on the row stands under the key itself.
"""
