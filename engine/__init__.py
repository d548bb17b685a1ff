"""Marzipan's engine: bytes in, verdict out. No I/O, no clock, no environment, no logging.

`engine.snapshot_file` alone touches files, those whose paths it is given, and is not imported here.

The laws of a token:

1. A key is the root of a MAC chain; narrowing appends a block, and nothing can be removed.
2. Everything that grants or identifies is in the header; a block can only take away.
3. Every link has a revocation id; revoking one kills everything below it.
4. The chain is checked over all bytes before any meaning is read from a block.
5. What is unknown, absent or malformed denies.
"""

from . import caveats as caveats
from .access import Access as Access
from .attenuate import Attenuated as Attenuated
from .attenuate import attenuate as attenuate
from .attenuate import seal as seal
from .denylist import Denylist as Denylist
from .denylist import NoDenylist as NoDenylist
from .denylist import actor_target as actor_target
from .denylist import tenant_target as tenant_target
from .errors import BadTail as BadTail
from .errors import CaveatUnmet as CaveatUnmet
from .errors import ChecksumMismatch as ChecksumMismatch
from .errors import MalformedToken as MalformedToken
from .errors import RecordNeeded as RecordNeeded
from .errors import SnapshotRefused as SnapshotRefused
from .errors import TokenError as TokenError
from .errors import TokenExpired as TokenExpired
from .errors import TokenRevoked as TokenRevoked
from .errors import UnknownKey as UnknownKey
from .explain import Explanation as Explanation
from .explain import Step as Step
from .grant import Grant as Grant
from .inspect import TokenInfo as TokenInfo
from .inspect import inspect as inspect
from .keyring import Keyring as Keyring
from .keyring import MasterSecret as MasterSecret
from .networks import cidr as cidr
from .record import KeyRecord as KeyRecord
from .snapshot import Claim as Claim
from .snapshot import Snapshot as Snapshot
from .tenant import Minted as Minted
from .tenant import RootKey as RootKey
from .tenant import TenantKeys as TenantKeys
from .text import Prefixes as Prefixes
from .types import Debit as Debit
from .types import KeyStatus as KeyStatus
from .types import Kind as Kind
from .types import RateLimit as RateLimit
from .types import Revocation as Revocation
from .types import Visibility as Visibility
from .verify import Verifier as Verifier
