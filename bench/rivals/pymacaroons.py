"""pymacaroons: macaroons in Python, HMAC-SHA256, caveats compared as text."""

from collections.abc import Callable

from pymacaroons import Macaroon, Verifier

label = "pymacaroons"
CAVEATS = ("tool = payments.execute", "amount <= 4999 USD", "scope = payments:*")


def prepare() -> Callable[[int], None]:
    macaroon = Macaroon(location="bench", identifier="key", key="k" * 32)
    for caveat in CAVEATS:
        macaroon.add_first_party_caveat(caveat)
    text = macaroon.serialize()

    def run(times: int) -> None:
        for _ in range(times):
            verifier = Verifier()
            for caveat in CAVEATS:
                verifier.satisfy_exact(caveat)
            assert verifier.verify(Macaroon.deserialize(text), "k" * 32)

    return run
