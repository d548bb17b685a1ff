from ._road import Road
from .access import Access

STEPS: tuple[str, ...]

def repeat(road: Road, step: str, token: str, access: Access, times: int) -> None:
    """Do one step of verifying a token `times` times. Raises ValueError."""
