"""The one place that chooses between the compiled road of a verifier and its stand-in."""

try:
    from ._many import verify_many as verify_many
    from ._road import Road as Road

    COMPILED = True
except ImportError:  # an installation without a compiler still verifies, only slower
    from ._road_py import Road as Road  # type: ignore[assignment]
    from ._road_py import verify_many as verify_many  # type: ignore[assignment]

    COMPILED = False
