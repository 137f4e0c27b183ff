"""Who does the work of a verb: this process, several, or a cluster, by two options."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from selfplay.workforce import Work, Workforce

ClusterOption: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Work on a Ray cluster: its address, auto for a running one, or local."),
]


def hired(processes: int, cluster: str | None) -> Callable[[Work], Workforce]:
    """Who works: workers of a cluster, at most so many if that is not 0; or so many processes; or this one, for 0."""
    from selfplay.workforce import Here, Processes

    if cluster is not None:
        from selfplay.cluster import Cluster

        return lambda work: Cluster(work, cluster, most=processes or None)
    return (lambda work: Processes(work, processes)) if processes else Here
