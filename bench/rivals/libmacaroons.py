"""libmacaroons: the reference implementation in C, called in a loop in C."""

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.rivals import Missing

label = "libmacaroons (C)"
_SOURCE = Path(__file__).with_suffix(".c")


def prepare() -> Callable[[int], None]:
    """Raises Missing where the library or a compiler is not there."""
    folder = Path(tempfile.mkdtemp())
    library = folder / "rival.so"
    command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-lmacaroons"]
    try:
        subprocess.run(command, check=True, capture_output=True)
        rival = ctypes.CDLL(str(library))
    except (OSError, subprocess.CalledProcessError):
        raise Missing("libmacaroons is needed: apt-get install libmacaroons-dev") from None
    finally:
        shutil.rmtree(folder)
    rival.rival_run.restype, rival.rival_run.argtypes = ctypes.c_long, [ctypes.c_long]
    assert rival.rival_prepare() == 0

    def run(times: int) -> None:
        assert rival.rival_run(times) == times

    return run
