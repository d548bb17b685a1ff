"""The one place that chooses between the compiled chain and its readable twin.

Consumers call `chain.fold(...)` through this module, so that tests can run everything over both.
"""

try:
    from ._chain import equal as equal
    from ._chain import extend as extend
    from ._chain import fold as fold
    from ._chain import seal as seal
    from ._chain import start as start

    COMPILED = True
except ImportError:  # an installation without a compiler still verifies, only slower
    from ._chain_py import equal as equal
    from ._chain_py import extend as extend
    from ._chain_py import fold as fold
    from ._chain_py import seal as seal
    from ._chain_py import start as start

    COMPILED = False
