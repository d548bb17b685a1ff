"""What the users did and were answered, counted."""

import msgspec


class Tally(msgspec.Struct):
    """Answers are all that came, verdicts those of them that the checker judged.

    Every answer is checked, if only for its status; `wrong` are those that were not as they should
    be, `failed` those with a 5xx, `absent` the requests without an answer.
    """

    answers: int = 0
    verdicts: int = 0
    wrong: int = 0
    failed: int = 0
    absent: int = 0
    credentials: int = 0
    revocations: int = 0
    rotations: int = 0

    def answer(self, status: int, *, wrong: bool) -> None:
        """One more request came to an end; status 0 where nothing came."""
        if status == 0:
            self.absent += 1
            return
        self.answers += 1
        if status >= 500:
            self.failed += 1
        elif wrong:
            self.wrong += 1


TALLY = Tally()
