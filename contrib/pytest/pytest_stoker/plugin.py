"""What pytest finds: options, fixtures, and how trouble is told."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any, Dict, Generator, Iterator, List, NoReturn, Optional

import pytest

from pytest_stoker.names import ContainerNames, NameSource, remove
from pytest_stoker.once import SharedAnswer, Verdict, ask
from pytest_stoker.program import Stoker, StokerError, StokerUnavailable, StokerWarning, locate

# How Stoker's own words begin, and so the reasons of our skips.
OURS = "stoker: "


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("stoker", "test images by Stoker")
    group.addoption(
        "--stoker",
        metavar="PROGRAM",
        dest="stoker_program",
        help="the program stoker (default: what the variable STOKER names, or stoker on the PATH)",
    )
    group.addoption(
        "--stoker-image",
        metavar="NAME[,…]",
        dest="stoker_image",
        help="what stoker.yaml calls the images to make ready; the fixture stoker_image is the first "
        "(default: all of the project)",
    )
    group.addoption(
        "--stoker-project",
        metavar="DIR",
        dest="stoker_project",
        help="a folder of the project (default: pytest's root folder); it, or the nearest above that has a "
        "stoker.yaml or a Dockerfile, is meant",
    )
    group.addoption(
        "--stoker-client",
        metavar="PROGRAM",
        dest="stoker_client",
        default="docker",
        help="the client that removes the containers of container_name (default: docker)",
    )
    group.addoption(
        "--stoker-required",
        action="store_true",
        dest="stoker_required",
        help="without an engine, or without stoker, fail the tests that need it instead of skipping them "
        "(always so when the variable CI is set)",
    )


class Run:
    """What the fixtures of one process share."""

    def __init__(self, config: pytest.Config) -> None:
        project = config.getoption("stoker_project")
        self.stoker = Stoker(
            locate(config.getoption("stoker_program")),
            Path(project).absolute() if project else config.rootpath,
        )
        self.client: str = config.getoption("stoker_client")
        named: str = config.getoption("stoker_image") or ""
        self.images: List[str] = [name for name in named.split(",") if name]
        self.is_required = bool(config.getoption("stoker_required") or os.environ.get("CI"))
        # Only a worker of pytest-xdist has this.
        worker: Dict[str, Any] = getattr(config, "workerinput", {})
        self.id: Optional[str] = worker.get("testrunuid")
        self.source = NameSource(self.stoker, prefix=worker.get("workerid", ""))
        self.has_no_engine = False
        # The error of stoker_image, which pytest raises for each test that asks for it.
        self.failure: Optional[BaseException] = None
        self.is_failure_told = False

    def give_up(self, words: str, is_unavailable: bool) -> NoReturn:
        """Ends a test that Stoker cannot serve, in its words and without a traceback of ours."""
        if is_unavailable:
            self.has_no_engine = True
            if not self.is_required:
                reason = words.splitlines()[-1]
                pytest.skip(reason if reason.startswith(OURS) else OURS + reason)
        pytest.fail(words, pytrace=False)


RUN = pytest.StashKey[Run]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RUN] = Run(config)


@pytest.fixture(scope="session")
def stoker_images(request: pytest.FixtureRequest) -> Dict[str, str]:
    """The references of the images by what stoker.yaml calls them, ready for today's files.

    `stoker warm` runs once a run, when the first test asks.
    """
    run = request.config.stash[RUN]
    if run.id is None:
        verdict, is_ours = ask(run.stoker, run.images), True
    else:
        folder: Path = request.getfixturevalue("tmp_path_factory").getbasetemp().parent
        verdict, is_ours = SharedAnswer(folder, run.id).get(run.stoker, run.images)
    if verdict.trouble is not None:
        # Another worker's tests show the whole of it.
        run.is_failure_told = not is_ours
        try:
            run.give_up(verdict.trouble, verdict.is_unavailable)
        except pytest.fail.Exception as failure:
            run.failure = failure
            raise
    for warning in verdict.warnings if is_ours else []:
        warnings.warn(warning, StokerWarning, stacklevel=1)
    return verdict.references


@pytest.fixture(scope="session")
def stoker_image(stoker_images: Dict[str, str]) -> str:
    """The reference of the image, ready for today's files: what `stoker warm` prints."""
    return next(iter(stoker_images.values()))


class Names(ContainerNames):
    def __init__(self, run: Run, test: str) -> None:
        super().__init__(run.source, test)
        self._run = run

    def several(self, count: int, what: str = "") -> List[str]:
        try:
            return super().several(count, what)
        except StokerError as error:
            trouble = error
        # Outside of the handler, or pytest would show both errors.
        self._run.give_up(str(trouble), isinstance(trouble, StokerUnavailable))


@pytest.fixture
def container_names(request: pytest.FixtureRequest) -> Iterator[ContainerNames]:
    """Makes names for this test's containers: `container_names("db")`.

    At the end of the test, however it ends, the containers of exactly these names are removed.
    """
    run = request.config.stash[RUN]
    names = Names(run, request.node.name)
    yield names
    words = remove(run.client, names.given)
    # Without an engine there are no containers, and that there is none has been told.
    if words and not run.has_no_engine:
        pytest.fail(f"containers of this test may be left, for `stoker reap`:\n{words}", pytrace=False)


@pytest.fixture
def container_name(container_names: ContainerNames) -> str:
    """A name for this test's container, made by `stoker name`; the container goes at the end of the test."""
    return container_names()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> Generator[None, Any, None]:
    """Shows what Stoker says of a failed build with the first test that asked, and one line with the others."""
    outcome = yield
    run = item.config.stash[RUN]
    if call.excinfo is None or call.excinfo.value is not run.failure:
        return
    lines = str(run.failure).splitlines()
    if run.is_failure_told and len(lines) > 1:
        outcome.get_result().longrepr = f"{lines[-1]}\n(in full with the first test that asked)"
    run.is_failure_told = True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells of tests that were skipped for want of an engine: pytest itself only counts them."""
    reasons: Dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        if isinstance(report.longrepr, tuple):
            reason = report.longrepr[2].removeprefix("Skipped: ")
            if reason.startswith(OURS):
                reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in reasons.items():
        tests = "test" if count == 1 else "tests"
        terminalreporter.write_line(f"SKIPPED {count} {tests}, {reason}", yellow=True)
