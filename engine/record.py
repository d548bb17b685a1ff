"""The one place that chooses between the compact record of a key and its readable twin."""

try:
    from ._record import KeyRecord as KeyRecord
except ImportError:  # an installation without a compiler still verifies, only slower
    from ._record_py import KeyRecord as KeyRecord  # type: ignore[assignment]
