"""A batch on a Ray cluster of two machines, one of which is lost: the same notes, and each file once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batch_support import HerePool
from ripieno.errors import RequestError
from ripieno.interrupt import Interrupt
from ripieno_bridges.api.requests import DocumentRequest, Request, to_bytes
from ripieno_bridges.batch import ray_pool
from ripieno_bridges.batch.dispatch import done_by
from ripieno_bridges.batch.messages import ItemOrder, ItemPlan
from tiny_network import random_weights

COUNT = 60


def orders() -> Iterator[ItemOrder]:
    return (ItemOrder(f"{number:02}", number, None, ".musicxml") for number in range(COUNT))


def test_without_ray_there_is_a_sentence(monkeypatch):
    monkeypatch.setattr(ray_pool, "find_spec", lambda _: None)
    pool = ray_pool.RayPool("auto", None, b"")
    with pytest.raises(RequestError, match=r"^a cluster needs ray; install it with: pip install "):
        pool.start()
    pool.stop()


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_a_machine_that_is_lost_costs_no_item_and_changes_no_note(tmp_path):
    pytest.importorskip("ray", reason='ray is not installed (pip install "ripieno[cluster]")')
    from ray.cluster_utils import Cluster

    request = Request(task="compose", model=str(random_weights(tmp_path)), bars=4)
    plan = to_bytes(ItemPlan("compose", DocumentRequest(file=None, request=request), False))
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        lost = cluster.add_node(num_cpus=1)
        found = []
        for outcome in done_by(ray_pool.RayPool(cluster.address, 2, plan), orders(), Interrupt()):
            found.append(outcome)
            if len(found) == COUNT // 4:
                cluster.remove_node(lost, allow_graceful=False)
    finally:
        cluster.shutdown()
    assert len(found) == COUNT
    here = {outcome.key: outcome for outcome in done_by(HerePool(plan), orders(), Interrupt())}
    assert {outcome.key: outcome for outcome in found} == here
