"""Verification of a macaroon and the discharges sent with it. The rules of this file:

1. Nothing is cleared before `authenticate` has compared every chain.
2. One caveat, one answer. A caveat is cleared by the exact string that it is, or by the one
   predicate of its name; answers are never OR-ed. libmacaroons asks every callback about every
   caveat, so that a single one that says yes too easily opens them all.
3. What nothing answers for denies. So does an exception, and so does every value but True itself:
   callbacks that return 1 and -1 must not add up to anything.
4. Whether caveats can be told apart by name is checked when the answers are registered, where a
   person sees it, and not when a token arrives.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from engine.access import Access
from engine.errors import CaveatUnmet

from .authentic import FirstParty as FirstParty
from .authentic import authenticate as authenticate
from .macaroon import Macaroon

Predicate = Callable[[bytes, Access], bool]
TypeOf = Callable[[bytes], str | None]


class Verifier:
    """Says which caveats an access meets. Holds no key and no per-request state; does no I/O.

    exact: caveats that are met as they stand.

    prefixes: predicates by the beginning of the caveats that each answers for; it is given what
    follows, and the access. The prefix should hold the separator too ("time < ", not "time", which
    is also how "timezone" begins), and what follows is input like any other, to be read strictly.

    types and type_of: the same for caveats that do not begin with their name (JSON, protobuf).
    `type_of` names the type of a caveat, None for none; the predicate is given the whole caveat.

    Raises ValueError where a prefix is empty or begins another, where an exact string has a
    predicate as well, or where both prefixes and types are given.
    """

    def __init__(
        self,
        *,
        exact: Iterable[bytes] = (),
        prefixes: Mapping[bytes, Predicate] | None = None,
        types: Mapping[str, Predicate] | None = None,
        type_of: TypeOf | None = None,
    ) -> None:
        self._exact = frozenset(exact)
        self._prefixes = dict(prefixes or {})
        self._types = dict(types or {})
        self._type_of = type_of
        self._check_that_answers_are_distinct()

    def verify(
        self,
        macaroon: Macaroon,
        key: bytes,
        access: Access,
        discharges: Sequence[Macaroon] = (),
        *,
        derive: bool = True,
    ) -> tuple[FirstParty, ...]:
        """The caveats that were cleared, which is all that there are.

        Raises what `authenticate` does, and CaveatUnmet for the first caveat that denies.
        """
        caveats = authenticate(macaroon, key, discharges, derive=derive)
        for caveat in caveats:
            name, reason = self._prohibits(caveat.cid, access)
            if reason is not None:
                raise CaveatUnmet(caveat.index, caveat.discharge, name, reason)
        return caveats

    def _prohibits(self, cid: bytes, access: Access) -> tuple[str, str | None]:
        """The name of a caveat as it was registered, and why it denies or None."""
        if cid in self._exact:
            return "Exact", None
        answering = self._answering(cid)
        if answering is None:
            return "Unknown", "nothing here answers for such a caveat"
        name, predicate, argument = answering
        try:
            met = predicate(argument, access)
        except Exception as error:  # a predicate that fails has not allowed anything
            return name, f"the predicate failed with {type(error).__name__}"
        return name, None if met is True else "the access does not meet it"

    def _answering(self, cid: bytes) -> tuple[str, Predicate, bytes] | None:
        for prefix, predicate in self._prefixes.items():
            if cid.startswith(prefix):
                return prefix.decode("utf-8", "backslashreplace"), predicate, cid[len(prefix) :]
        if self._type_of is None:
            return None
        try:
            name = self._type_of(cid)
            return None if name is None else (name, self._types[name], cid)
        except Exception:  # unreadable, or of a type that nobody registered
            return None

    def _check_that_answers_are_distinct(self) -> None:
        if not all(type(one) is bytes for one in (*self._exact, *self._prefixes)):
            raise ValueError("exact caveats and prefixes must be bytes")
        if bool(self._types) != (self._type_of is not None) or (self._types and self._prefixes):
            raise ValueError("give prefixes, or types and type_of, so that one predicate answers")
        if b"" in self._prefixes:
            raise ValueError("an empty prefix would answer for every caveat")
        ordered = sorted(self._prefixes)  # a prefix of others stands right before one of them
        for one, following in zip(ordered, ordered[1:], strict=False):
            if following.startswith(one):
                raise ValueError(f"the prefix {one!r} also begins {following!r}")
        for one in self._exact:
            if self._answering(one) is not None:
                raise ValueError(f"the exact caveat {one!r} has a predicate as well")
