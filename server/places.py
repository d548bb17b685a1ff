"""Whose request it is: the tenant that its host names, or else the beginning of its path.

A host that is a tenant's is that tenant's alone, whatever the path begins with. Who is named by
neither is nobody's, and sent to `rest`. Paths are compared as they were sent, by whole segments: an
escape or a doubled slash is another path, and nothing is resolved before or after.
"""

from collections.abc import Iterable, Mapping

import msgspec

from .hosts import host_name
from .problems import invalid
from .routes import Routes
from .trust import TrustedProxies


class Place(msgspec.Struct, frozen=True):
    """The routes of one tenant; `path` is what its paths begin with and its routes don't see."""

    routes: Routes
    tenant: str = ""
    path: str = ""


class Places:
    """Finds the place of a request: one look into a table where its host is spelled plainly.

    What RFC 8414 puts between host and path, `well_known`, comes before a tenant's path as well as
    behind it. `forwarded` are proxies whose X-Forwarded-Host counts in place of Host.
    """

    def __init__(
        self,
        rest: Place,
        hosts: Mapping[str, Place] | None = None,
        paths: Iterable[Place] = (),
        well_known: str = "",
        forwarded: TrustedProxies | None = None,
    ) -> None:
        self._rest = rest
        self._hosts = {host.encode(): place for host, place in (hosts or {}).items()}
        self._paths = {place.path: place for place in paths}
        self._well_known = well_known
        self._depths = sorted({path.count("/") for path in self._paths})
        self._forwarded = forwarded
        self._alone = not self._hosts and not self._paths

    def pick(
        self, headers: Mapping[bytes, bytes], peer: str | None, path: str
    ) -> tuple[Place, str]:
        """The place of a request, and its path there. Raises Problem 400 where it names two hosts.

        `headers` by lower-case name, repeated ones joined by commas.
        """
        if self._alone:
            return self._rest, path
        host = self._host(headers, peer)
        if (place := self._hosts.get(host)) is not None:
            return place, path
        name = host_name(host.decode("latin-1"))
        if name is None and host:
            # Whoever stands in front may have taken another of them for the one that counts.
            raise invalid("header host", "must be the name of one host")
        if name is not None and (place := self._hosts.get(name.encode())) is not None:
            return place, path
        return self._by_path(path)

    def _host(self, headers: Mapping[bytes, bytes], peer: str | None) -> bytes:
        if self._forwarded is not None and peer is not None and self._forwarded.trusts(peer):
            if (said := headers.get(b"x-forwarded-host")) is not None:
                return said
        return headers.get(b"host", b"")

    def _by_path(self, path: str) -> tuple[Place, str]:
        if self._well_known and path.startswith(f"{self._well_known}/"):
            place = self._paths.get(path.removeprefix(self._well_known))
            return (self._rest, path) if place is None else (place, self._well_known)
        for depth in self._depths:
            prefix = "/".join(path.split("/", depth + 1)[: depth + 1])
            if (place := self._paths.get(prefix)) is not None:
                return place, path[len(prefix) :]
        return self._rest, path
