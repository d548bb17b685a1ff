"""What perf saw falls on the parts of a server, and a process is seen at work."""

import shutil
import subprocess
import sys

import httptools
import msgspec
import pytest
import uvloop

import engine
import server
from bench.wire.where import KERNEL, PARTS, PYTHON, part_of, sampled


@pytest.mark.parametrize(
    ("module", "part"),
    [
        (engine, "engine"),
        (server, "road"),
        (uvloop, "uvloop and libuv"),
        (httptools, "httptools"),
        (msgspec, PYTHON),
    ],
)
def test_an_object_is_told_by_where_it_is_installed(module, part: str) -> None:
    assert part_of(module.__file__.replace("__init__.py", "x.so")) == part
    assert part in PARTS


def test_what_has_no_file_is_the_kernel() -> None:
    assert part_of("[kernel.kallsyms]") == part_of("[vdso]") == KERNEL
    assert part_of("/usr/lib/libpython3.11.so.1.0") == PYTHON


def test_a_process_at_work_is_sampled_or_nothing_is_said() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            found = sampled(busy.pid, 0.5)
        finally:
            busy.kill()
    if not found:
        assert sampled(busy.pid, 0.1) == {}
        pytest.skip("perf is not there, or may not look")
    assert shutil.which("perf") and found.most_common(1)[0][0] == PYTHON


def test_nothing_is_sampled_without_perf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert sampled(1, 60) == {}
