"""The keys under which the audit is chained, so that the database alone can forge none of it."""

from engine import Keyring

CONTEXT = "marzipan 2026-11 audit chain key v1"


def audit_keys(keyring: Keyring) -> dict[int, bytes]:
    """By master id, of every master: rows that were written under a retired one are checked too."""
    masters = (keyring.current, *keyring.retired)
    return {master.id: master.derive(CONTEXT) for master in masters}
