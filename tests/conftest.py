"""What every test may use: a small network with random weights, quick property tests, several processes."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, settings

from ripieno.models.lstm.generator import ChoraleGenerator
from tiny_network import random_generator

settings.register_profile(
    "ripieno",
    deadline=None,
    max_examples=int(os.environ.get("RIPIENO_EXAMPLES", "15")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    print_blob=True,
)
settings.load_profile("ripieno")
torch.set_num_threads(1)  # several threads only get in each other's way on networks this small
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the same in the programs that tests start
os.environ["RIPIENO_MODELS"] = os.devnull  # no folder: models of whoever runs the tests are in no list
os.environ["RIPIENO_LAST_ERROR"] = os.devnull  # theirs is not overwritten by the errors of tests
os.environ["RIPIENO_NO_SERVER"] = "1"  # and no server of theirs makes the music of these
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background of a shell: programs that tests
    signal.signal(signal.SIGINT, signal.default_int_handler)  # start would not hear Ctrl+C either
MAX_PROCESSES = 4  # each loads torch and the networks; a file's tests stay in one of them
WAITING_PROCESSES = 1  # more than there are processors: a test with a host often waits for it


@pytest.fixture(scope="session")
def random_model() -> ChoraleGenerator:
    return random_generator()


@pytest.fixture
def plots() -> None:
    """For a test that is about the plots of a training, where the others are ``without_plots``."""


@pytest.fixture
def without_plots(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings draw no plots, which take longer than a short training itself."""
    if "plots" not in request.fixturenames:
        monkeypatch.setattr("ripieno.training.trainer.draw_plots", lambda folder, training: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In several processes, the files with hosts come first and short ones last, so that all end at once."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        with_hosts = {item.path for item in items if item.get_closest_marker("host")}
        items.sort(key=lambda item: (item.path in with_hosts, item.path), reverse=True)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no collection of garbage looks through it any more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(wrapper=True, trylast=True)  # inside the wrapper of pytest-cov
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run a test with ``no_cover`` untraced; pytest-cov itself does not do so in xdist's processes."""
    if item.get_closest_marker("no_cover") is None:
        return (yield)
    traces = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(traces[0])
        threading.settrace(traces[1])


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes run the tests. A file that is named alone runs at once in this one: 0."""
    files = {argument.partition("::")[0] for argument in config.args}
    if len(files) == 1 and files.pop().endswith(".py"):
        return 0
    processors = os.cpu_count() or 1
    return min(processors + WAITING_PROCESSES, MAX_PROCESSES) if processors > 1 else 0
