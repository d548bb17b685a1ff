"""What may become of signing keys: add one, let it sign, retire it, drop it once it has ended.

Pure: a tuple of keys in, another out. A step that could strand live tokens is refused unless it
was asked for in so many words.
"""

import msgspec

from .signingkeys import Algorithm, SigningKey, State, signing
from .timestamps import from_seconds

DAY = 86_400

Keys = tuple[SigningKey, ...]


class LifeError(Exception):
    """The step is refused; the message says why, and what to do."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """`max_ttl`: the longest life of a token. `end`: when a retired key shall end, None for when it
    has outlived all that it signed. `strand`: whether it may end before that. Seconds.
    """

    now: int
    max_ttl: int
    end: int | None = None
    strand: bool = False


def outlived(key: SigningKey, terms: Terms) -> int:
    """When the last token that this key signed has expired.

    A server signs with it until it is restarted, so a day is added to the moment it was retired.
    """
    since = terms.now if key.retired_at is None else key.retired_at
    return since + terms.max_ttl + DAY


def add(keys: Keys, key: SigningKey) -> Keys:
    """Add a key on standby; where none signs, it signs at once."""
    alone = signing(keys) is None
    return (*keys, key.moved(State.SIGNING if alone else State.STANDBY))


def standby(keys: Keys, algorithm: Algorithm | None) -> SigningKey | None:
    """The newest key on standby, of one algorithm where it is named."""
    fitting = (k for k in reversed(keys) if algorithm in (None, k.public.algorithm))
    return next((key for key in fitting if key.state is State.STANDBY), None)


def rotate(keys: Keys, following: SigningKey, terms: Terms) -> Keys:
    """Let `following` (one of the keys, or a new one) sign, and retire the one that did.

    Raises LifeError.
    """
    kept = tuple(key for key in keys if key.kid != following.kid)
    retired = tuple(_retired(k, terms) if k.state is State.SIGNING else k for k in kept)
    return (*retired, following.moved(State.SIGNING))


def retire(keys: Keys, kid: str, terms: Terms) -> Keys:
    """Give a retired key another end, or drop one on standby, which has signed nothing.

    Raises LifeError.
    """
    key = next((key for key in keys if key.kid == kid), None)
    if key is None:
        raise LifeError(f"There is no signing key {kid}; see `marzipan signing-keys list`.")
    if key.state is State.SIGNING:
        raise LifeError(f"{kid} signs. Let another sign first: `marzipan signing-keys rotate`.")
    if key.state is State.STANDBY:
        return tuple(each for each in keys if each is not key)
    if key.end is not None and terms.end is None:
        # The longest end would give a leaked key its life back.
        raise LifeError(f"{kid} ends at {from_seconds(key.end)}; say --end for another time.")
    return tuple(_retired(each, terms) if each is key else each for each in keys)


def live(keys: Keys, now: int) -> Keys:
    """The keys without those that have ended: they verify nothing any more."""
    return tuple(key for key in keys if not key.public.ended(now))


def _retired(key: SigningKey, terms: Terms) -> SigningKey:
    until = outlived(key, terms)
    end = until if terms.end is None else terms.end
    if end < until and not terms.strand:
        raise LifeError(
            f"Tokens that {key.kid} signed may live until {from_seconds(until)}, and all of them "
            f"would be refused from {from_seconds(end)} on. To end them, say --strand-live-tokens."
        )
    since = terms.now if key.retired_at is None else key.retired_at
    return key.moved(State.RETIRED, retired_at=since, end=end)
