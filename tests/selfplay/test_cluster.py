"""A local Ray cluster of a few workers plays the games of a run, and one of them is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="the extra `cluster` is not installed")

from selfplay.cluster import Cluster
from selfplay.workforce import Unit, Work, Workforce
from tests.selfplay.test_workforce import Shouting
from tests.selfplay.zero.test_zero import HEXAPAWN, TINY, ZeroRun, finish, same

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_cluster_that_loses_a_worker_ends_in_the_same_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    # Workers are processes of their own, which have to find the tests' modules, too.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    ray.init("local", num_cpus=3, log_to_driver=False, include_dashboard=False)
    try:
        clusters: list[Cluster] = []

        def hire(work: Work) -> Workforce:
            clusters.append(Cluster(work, "local"))
            return clusters[0]

        with ZeroRun(HEXAPAWN, TINY, tmp_path / "cluster", hire=hire) as run:
            run.iterate()
            os.kill(clusters[0].pids()[0], signal.SIGKILL)
            while not run.finished:
                run.iterate()
            # Somebody has joined in its place, or will.
            assert run.workers >= 2
        assert same(run, finish(tmp_path / "whole"))

        with Cluster(Shouting(tmp_path), "local", most=2) as cluster:
            assert [answer for _, answer in cluster.run([Unit(1, "die once")])] == [b"alive"]
            cluster.submit(Unit(2, "fail"))
            with pytest.raises(RuntimeError, match="no such word"):
                cluster.collect()
            cluster.submit(Unit(3, "die"))
            with pytest.raises(RuntimeError, match="3 workers died over unit 3"):
                cluster.collect()
            with pytest.raises(RuntimeError, match="no unit is under way"):
                cluster.collect()
    finally:
        ray.shutdown()


class NoRoom:
    """Stands in for Ray where every processor is taken, until somebody has waited three times."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def available_resources(self) -> dict[str, float]:
        if len(self.waited) == 3:
            raise KeyboardInterrupt
        return {"CPU": 0.0}


def test_where_no_processor_is_free_it_is_told_once_and_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    ray, told = NoRoom(), list[str]()
    clock = [100.0]

    def sleep(seconds: float) -> None:
        ray.waited.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr("time.sleep", sleep)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    cluster = Cluster.__new__(Cluster)
    Workforce.__init__(cluster)
    cluster.__dict__.update(
        _ray=ray, _told=told.append, _waited=False, _most=None, _idle=[], _busy={}, _hiring={}, _looked=0.0
    )
    cluster.submit(Unit(1, "anything"))
    with pytest.raises(KeyboardInterrupt):
        cluster.collect()
    assert len(ray.waited) == 3
    assert min(ray.waited) >= 1
    assert told == ["the cluster has no free processor; the work waits until it has one"]


def test_a_cluster_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="there is no Ray cluster at"):
        Cluster(Shouting(), "127.0.0.1:1")
