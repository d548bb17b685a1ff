"""A verifier whose compiled road is compared with the readable one, its specification."""

from hypothesis import event

from engine import Access, Grant, NoDenylist, Verifier, _grant_py
from tests.engine import chains
from tests.engine.world import World

FIELDS = _grant_py.Grant.__struct_fields__


class Watched(Verifier):
    """A verifier that counts how often its compiled road left the answer to the readable one."""

    left = 0

    def decide(self, token: str, access: Access) -> Grant:
        self.left += 1
        return super().decide(token, access)


def told(call, token, access):
    """A verdict that can be compared: all fields of a grant, or all that an error says."""
    try:
        grant = call(token, access)
        return tuple((name, getattr(grant, name)) for name in FIELDS)
    except Exception as error:
        return type(error), str(error), vars(error)


def compare(verifier: Watched, token, access) -> str:
    """Assert that both roads say the same, and tell which of them said it, and what."""
    before = verifier.left
    quick = told(verifier.verify, token, access)
    left = verifier.left > before
    readable = told(super(Watched, verifier).decide, token, access)
    assert quick == readable
    assert repr(quick) == repr(readable)  # True is not 1, and a subclass of str is not its text
    verdict = "yes" if isinstance(quick[0], tuple) else quick[0].__name__
    return f"{'readable' if left else 'compiled'} road: {verdict}"


def watched(world: World, **options: object) -> Watched:
    given = {"denylist": NoDenylist(), "records": world.records, "spend": chains.fits}
    return Watched(world.keys, **given | options)


def check(verifier: Watched, text: object, access: object) -> None:
    event(compare(verifier, text, access))


def base_access(**facts: object) -> Access:
    stated = {n: getattr(chains.all_allowing(), n) for n in Access.__struct_fields__}
    return Access(**stated | facts)
