"""Others, and us, at the same task: one credential, three restrictions, text in, verdict out.

One file a rival: `label` and `prepare()`, which answers `run(n)`: verify n times. Where
that happens in a child, `run` answers the seconds of the processor that it took.
Where something is not installed, `prepare` raises Missing.
"""


class Missing(Exception):
    """The rival is not installed; the message says how to get it."""
