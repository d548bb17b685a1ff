"""Under which names a cluster keeps its things in Redis: two clusters on one Redis never meet."""

from blake3 import blake3

from engine import Keyring

_CONTEXT = "marzipan 2026-11 cluster name v1"


def cluster_name(keyring: Keyring, epoch: bytes = b"") -> str:
    """`marzipan:{<32 hex>}`, with which every key begins; the braces keep them in one hash slot.

    It comes of the oldest master secret, which stays in the secret file for as long as keys made
    under it are in the database: nodes that restart one after another with a new current secret
    keep meeting. `epoch` tells databases apart that have one secret file.
    """
    oldest = min((keyring.current, *keyring.retired), key=lambda master: master.id)
    # The epoch comes behind what is secret and of fixed length, so that no two inputs are alike.
    named = blake3(epoch, key=oldest.derive(_CONTEXT)).hexdigest(16)
    return f"marzipan:{{{named}}}"
