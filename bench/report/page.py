"""The report: machine and bias first, goals, plots, then every figure."""

from collections.abc import Iterable, Sequence

from bench.report.goals import rows
from bench.report.svg import short
from bench.results import Run, Section

BIAS = """\
It is our bench, and we chose what is measured. Marzipan's record stands in a dictionary at hand,
where JWTs and biscuits carry everything; macaroons compare text, we evaluate typed caveats and look
five ids up in a denylist of 10,000, which no rival does. EdDSA and biscuits are asymmetric: their
verifiers can't mint, ours can. itsdangerous and JWT check a signature and give back claims, which
the caller then reads. libmacaroons and go-macaroon are called in a loop in their own language. The
Go handler decides nothing and looks nothing up; it is the goal's yardstick, not a product. It
decodes each body, where Marzipan knows a question again that it has read before: "another context
each time" is what new ones cost. All servers log errors alone; at `info` each refusal is a line.

**Not measured:** a network (all is loopback), TLS, a disk that flushes slowly, many processors,
cold caches, tokens of many kilobytes, days of running. Client and server are on two processors of
one machine, which may be threads of one core. wrk and our own client are in C. locust is in Python,
and its client is at its limit long before the server is: it shows whether answers are right under
a mix, never how many there can be."""


def page(run: Run, names: Sequence[str]) -> str:
    """Markdown, with the plots of these names beside it."""
    parts = [
        "# Benchmark report",
        _facts(run),
        "## Goals",
        _goals(run),
        "## How far to believe it",
        BIAS,
        _missing(run),
        "## Plots",
        *(f"![{name.removesuffix('.svg')}]({name})" for name in names),
        "## All figures",
        "`best` is the round that nobody disturbed: the least time, the greatest rate.",
        *(_section(each) for each in run.sections),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def goals_table(run: Run) -> list[tuple[str, ...]]:
    """The heading and all rows, for a terminal."""
    head = ("what", "goal", "measured", "rival", "ratio", "")
    return [head, *(row.cells() for row in rows(run))]


def _goals(run: Run) -> str:
    head, *found = goals_table(run)
    return _table(head, found)


def _facts(run: Run) -> str:
    minutes = f"{run.seconds / 60:.1f} minutes"
    told = [("commit", run.commit), ("mode", run.mode), ("begun", run.started), ("took", minutes)]
    found = _table(("", ""), [*told, *run.machine.items()])
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return f"{found}\n\n{versions}."


def _missing(run: Run) -> str:
    """What is not there and what failed, or "" where there is nothing to say."""
    absent = [f"* {each.name}: {line}" for each in run.sections for line in each.missing]
    failed = [f"* {each.name}: {line}" for each in run.sections for line in each.failures]
    said = []
    if failed:
        said += ["**Failures:**", "\n".join(failed)]
    if absent:
        said += ["**Missing here:**", "\n".join(absent)]
    return "\n\n".join(said)


def _section(section: Section) -> str:
    said = [f"### {section.name} ({section.seconds:.0f} s)"]
    if section.measures:
        figures = [
            (
                one.name,
                short(one.most if one.unit.endswith("/s") else one.least),
                short(one.median),
                one.unit,
                len(one.values),
                one.note,
            )
            for one in section.measures
        ]
        said.append(_table(("what", "best", "median", "unit", "rounds", ""), figures))
    if section.text:
        said.append(f"```text\n{section.text.rstrip()}\n```")
    return "\n\n".join(said)


def _table(head: Sequence[str], found: Iterable[Sequence[object]]) -> str:
    lines = [_row(head), _row(["---"] * len(head)), *(_row(cells) for cells in found)]
    return "\n".join(lines)


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
