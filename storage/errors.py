"""What a store may raise. Nothing specific to a driver escapes a store."""


class StoreError(Exception):
    """The store could not do as asked; the message is fit for an operator to read."""


NO_KEY = "The audit of this database is keyed, and this store was not told its keys."


class StoreUnavailable(StoreError):
    """The database cannot be reached, is full, or is read-only. Nothing was written."""


class SchemaMismatch(StoreError):
    """The database's schema is not the one this version needs; the message names the command."""


class Conflict(StoreError):
    """The change rests on something that is no longer so. Nothing was written."""


class Stale(Conflict):
    """The key or epoch that the change rests on has changed since: read again and retry."""


class KeyExists(Conflict):
    """A key with this id or one of these import digests is already there: `key_id`, where known."""

    def __init__(self, message: str, key_id: bytes | None = None) -> None:
        super().__init__(message)
        self.key_id = key_id


class KeyRevoked(Conflict):
    """The key that the change revokes is revoked already: what was asked for is so."""


class RequestReplayed(Conflict):
    """The change's request id was used before, for key `key_id`."""

    def __init__(self, key_id: bytes) -> None:
        super().__init__("this request_id was used before")
        self.key_id = key_id


class IssuedTooEarly(Conflict):
    """A standing ACTOR or TENANT revocation covers this second; issue at `floor` or later."""

    def __init__(self, floor: int) -> None:
        super().__init__(f"a revocation covers keys issued before {floor}")
        self.floor = floor
