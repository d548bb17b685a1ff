"""go-macaroon: macaroons in Go, called in a loop in Go, which tells the time it took."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.rivals import Missing

label = "go-macaroon"
_SOURCE = Path(__file__).with_suffix(".go")
_PATH = "/usr/share/gocode"  # where Debian puts the sources of Go packages


def prepare() -> Callable[[int], float]:
    """Raises Missing where Go or the package is not there."""
    if shutil.which("go") is None:
        raise Missing(
            "go-macaroon is needed: apt-get install golang-go golang-gopkg-macaroon.v2-dev"
        )
    folder = Path(tempfile.mkdtemp(prefix="marzipan-go-"))
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": _PATH, "GOCACHE": str(folder)}
    command = ["go", "build", "-o", str(folder / "rival"), str(_SOURCE)]
    try:
        subprocess.run(command, check=True, capture_output=True, env=environment)
        child = subprocess.Popen(
            [str(folder / "rival")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "GOMAXPROCS": "1"},
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        raise Missing(
            "go-macaroon is needed: apt-get install golang-gopkg-macaroon.v2-dev"
        ) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)

    def run(times: int) -> float:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(f"{times}\n")
        child.stdin.flush()
        return int(child.stdout.readline()) / 1e9

    return run
