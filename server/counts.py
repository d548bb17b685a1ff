"""What one process has answered since its start, counted by plain additions."""

from collections import Counter

VALID = "VALID"


class Counts:
    """What was answered since the start."""

    def __init__(self) -> None:
        self.requests = Counter[tuple[str, str, int]]()  # by method, route and status
        self.verdicts = Counter[str]()  # by final outcome: VALID, or the error code of the answer

    def judged(self, error_code: str | None) -> None:
        """Count a verdict; None where the credential was good."""
        word = VALID if error_code is None else error_code.removeprefix("VERIFICATION_ERROR_")
        self.verdicts[word] += 1
