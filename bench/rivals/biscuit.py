"""biscuit-python: Ed25519 blocks and Datalog, in Rust."""

import datetime
from collections.abc import Callable

import biscuit_auth as biscuit

label = "biscuit-python"
CHECKS = """
check if tool("payments.execute");
check if amount($a), $a <= 4999;
check if time($t), $t < 2096-01-01T00:00:00Z;
"""
FACTS = """
tool("payments.execute"); amount(4200); time(2027-01-15T08:00:00Z); allow if true;
"""


def prepare() -> Callable[[int], None]:
    pair = biscuit.KeyPair()
    token = biscuit.BiscuitBuilder('scope("payments");').build(pair.private_key)
    text = token.append(biscuit.BlockBuilder(CHECKS)).to_base64()

    # Its budget of 1 ms by the clock refuses good tokens on a busy machine.
    limits = biscuit.AuthorizerBuilder(FACTS).limits()
    limits.max_time = datetime.timedelta(seconds=1)

    def run(times: int) -> None:
        for _ in range(times):
            read = biscuit.Biscuit.from_base64(text, pair.public_key)
            builder = biscuit.AuthorizerBuilder(FACTS)
            builder.set_limits(limits)
            builder.build(read).authorize()

    return run
