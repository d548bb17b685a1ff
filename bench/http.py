"""HTTP verifies per second of one worker on one core, against a bare ASGI app in the same run.

    python -m bench.http

Starts each server pinned to core 0, and wrk (which must be installed) on core 1, 4 seconds each,
alternating. The floor is the same uvicorn answering a constant: what Marzipan adds is the rest.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import uvicorn
import uvloop

from server import bootstrap, serving, settings
from server.keys import NewKey, issue

PORTS = {"marzipan": 4431, "bare": 4432}
ROUNDS, SECONDS, CONNECTIONS = 3, 4, 16
_LUA = """wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["authorization"] = "Bearer {admin}"
wrk.body = '{body}'
"""


async def _bare(scope, receive, send):  # type: ignore[no-untyped-def]
    await receive()
    headers = [(b"content-length", b"2"), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


async def _marzipan(folder: Path) -> None:
    flags = {"database": f"sqlite://{folder}/m.db", "port": PORTS["marzipan"]}
    chosen = settings.load({**flags, "log_level": "error"}, {})
    listening = serving.listen(chosen)
    node, made = await bootstrap.start(chosen)
    key = await issue(node, node.tenant, NewKey(scopes=("a:*",)), "bench")
    (folder / "keys.json").write_text(json.dumps([made.admin_key, key.text]))
    serving.prepare_logs(node)
    await serving.serve(node, listening)


def _serve(name: str, folder: Path) -> None:
    os.sched_setaffinity(0, {0})
    if name == "marzipan":
        uvloop.run(_marzipan(folder))
    else:
        uvicorn.run(
            _bare, port=PORTS[name], loop="uvloop", http="httptools", lifespan="off",
            log_level="error", access_log=False,
        )  # fmt: skip


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/alive", timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing answers on port {port}")


def _load(port: int, script: Path) -> float:
    url = f"http://127.0.0.1:{port}/v2alpha1/admin/apiKeys:verify"
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s"]
    output = subprocess.run([*command, str(script), url], check=True, capture_output=True).stdout
    if b"Non-2xx" in output:
        raise SystemExit(output.decode())
    match = re.search(rb"Requests/sec:\s+([0-9.]+)", output)
    return float(match[1]) if match else 0.0


def main() -> None:
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed: apt-get install wrk")
    if len(sys.argv) == 3:
        _serve(sys.argv[1], Path(sys.argv[2]))
        return
    folder = Path(tempfile.mkdtemp())
    servers = [
        subprocess.Popen([sys.executable, "-m", "bench.http", name, str(folder)]) for name in PORTS
    ]
    try:
        for port in PORTS.values():
            _wait(port)
        admin, key = json.loads((folder / "keys.json").read_text())
        script = folder / "verify.lua"
        script.write_text(_LUA.format(admin=admin, body=json.dumps({"credential": key})))
        rates: dict[str, list[float]] = {name: [] for name in PORTS}
        for _ in range(ROUNDS):
            for name, port in PORTS.items():
                rates[name].append(_load(port, script))
        middle = {name: statistics.median(each) for name, each in rates.items()}
        for name, rate in middle.items():
            print(f"{name:9} {rate:9,.0f} requests/s")
        print(f"ratio marzipan / bare uvicorn: {middle['marzipan'] / middle['bare']:.2f}")
    finally:
        for server in servers:
            server.terminate()
            server.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
