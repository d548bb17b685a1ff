"""What a node tells of the cluster that it is in."""

from typing import Annotated

import msgspec

from . import forms

Mode = Annotated[str, forms.form(enum=["alone", "poll", "stream"])]


class ClusterMember(msgspec.Struct, frozen=True, kw_only=True):
    """One process. `lag` is how many entries of the revocation log it has yet to apply, as far as
    it has told; `lease_ms` how long its word holds, negative when it has ended.
    """

    node_id: forms.KeyId
    boot_id: forms.KeyId
    this: bool
    mode: Mode
    lag: int
    lease_ms: int
    positions: str


class ClusterState(msgspec.Struct, frozen=True, kw_only=True):
    """`epoch` is the database's own id; `fresh`: whether this node accepts without asking it first.

    `staleness_ms` is how long ago this node has last asked with success; null while it is alone.
    """

    epoch: forms.HexId
    mode: Mode
    fresh: bool
    staleness_ms: int | None
    max_staleness_ms: int
    stale_policy: Annotated[str, forms.form(enum=["closed", "check", "open"])]
    revision: str
    nodes: tuple[ClusterMember, ...]
