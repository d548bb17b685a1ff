"""Sizes that no token exceeds (design of format version 1), and those of what it is judged against.

All in bytes unless said otherwise.
"""

TEXT = 8192
BLOCKS = 16  # count
BLOCK = 1023
CAVEATS = 32  # count, per block
STRING = 256
PATH = 8192  # of an access, its query cut off; also a resource
HEADER = 5000
BUDGETS = 4  # count, per token
TENANT = 255
INTEGER = 2**63 - 1  # greatest value, not a size
