"""What every Python test gets: places, a folder of its own, a seed, a time limit, a look for
processes that it left behind, and a copy of all it wrote when it fails.

    make test                                       all
    /usr/bin/python3 -m pytest tests/e2e -k reboot   some, by hand (BUILD=build is the default)
"""
import faulthandler
import os
import pathlib
import random
import re
import secrets
import shutil
import signal
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / (os.environ.get("BUILD") or "build")
FAILED = pathlib.Path(os.environ.get("FAILED") or ROOT / "build/failed")
PLATFORM_NAME = os.environ.get("PLATFORM") or "linux"
FLAVOUR = os.environ.get("FLAVOUR") or ("@wine" if PLATFORM_NAME == "wine" else "")
SHARED = pathlib.Path(os.environ.get("SHARED") or ROOT / "../shared")
STRICT = os.environ.get("STRICT") == "1"
SEED = int(os.environ.get("SEED") or secrets.randbelow(2**32))
SLOW = float(os.environ.get("SLOW") or 1)
LONG = os.environ.get("LONG") == "1"
MEASURE = os.environ.get("MEASURE") == "1"
TIMEOUT = 60  # seconds a test; @pytest.mark.timeout(N) for another number
MARK = "LIVEDEBUG_TEST"

# So that tests can be run by hand as they run under make.
os.environ.update(BUILD=str(BUILD), ROOT=str(ROOT), SHARED=str(SHARED), SEED=str(SEED))
os.environ.setdefault("ASAN_OPTIONS", "verify_asan_link_order=0")
sys.path.insert(0, str(ROOT / "tests"))

from support import scenes  # pylint: disable=wrong-import-position
from support.platform import PLATFORM  # pylint: disable=wrong-import-position

folder_key = pytest.StashKey()
reports_key = pytest.StashKey()


def pytest_configure(config):
    config.addinivalue_line("markers", "timeout(seconds): this test's own time limit")
    config.addinivalue_line("markers", "long: only under `make long`")
    config.addinivalue_line("markers", "bench: measures; only under `make bench`")


def pytest_collection_modifyitems(config, items):
    wanted = [i for i in items
              if bool(i.get_closest_marker("bench")) == MEASURE
              and (bool(i.get_closest_marker("long")) == LONG)
              and scenes.is_for(i.nodeid, PLATFORM.name)]
    config.hook.pytest_deselected(items=[i for i in items if i not in wanted])
    items[:] = wanted


def pytest_report_header():
    return f"seed {SEED}, build {BUILD}, on {PLATFORM.name}"


# --- places ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def root():
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def build():
    """The build folder: build/livedebug, build/bench/..."""
    return BUILD


@pytest.fixture(scope="session")
def shared():
    """Real debugger output and documents, beside the checkout. Without it the test is skipped."""
    if not SHARED.is_dir():
        pytest.skip(f"no shared material in {SHARED}")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def _platform(build):
    """Wine's own prefix and its server, which is gone behind the last test with all that ran under it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ld", dir=build if PLATFORM.name == "wine" else None))
    try:
        PLATFORM.start(build, folder)
        yield
    finally:
        PLATFORM.finish()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def seed(request):
    """A number for this test's random choices; the same for the same SEED and test."""
    return random.Random(f"{SEED} {request.node.nodeid}").getrandbits(32)


@pytest.fixture
def tmp(request):
    """A fresh folder with a short path (Unix sockets: 107 bytes). Kept when the test fails."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ld"))
    request.node.stash[folder_key] = folder
    return folder


# --- time limit -----------------------------------------------------------------------------


class TimeLimit(Exception):
    pass


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    marker = item.get_closest_marker("timeout")
    limit = (marker.args[0] if marker else TIMEOUT) * SLOW

    def alarm(_signal, _frame):
        raise TimeLimit(f"not done in {limit:g} s")

    before = signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, limit)
    faulthandler.dump_traceback_later(limit + 30 * SLOW, exit=True)  # blocked in C code
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        faulthandler.cancel_dump_traceback_later()


# --- processes left behind ------------------------------------------------------------------


def marked(mark):
    """(pid, command line) of the live processes that carry this mark, ours not among them."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if f"{MARK}={mark}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if words:
                    found.append((int(entry.name), words.strip()))
        except OSError:
            pass
    return found


@pytest.fixture(autouse=True)
def _no_process_left_behind():
    outer = os.environ.get(MARK)
    mark = f"{outer or 'by-hand'}.{secrets.token_hex(6)}"
    os.environ[MARK] = mark
    yield
    if outer is None:
        del os.environ[MARK]
    else:
        os.environ[MARK] = outer
    left = marked(mark)
    for pid, _ in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    if left:
        pytest.fail("left running: " + "; ".join(f"{pid} {words}" for pid, words in left))


# --- skips, and what a failure keeps --------------------------------------------------------


def _no_skip(report):
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped under STRICT: {report.longrepr}"


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    outcome = yield
    _no_skip(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    _no_skip(report)
    item.stash.setdefault(reports_key, []).append(report)


def failed_folder(item):
    name = item.nodeid.split("tests/", 1)[-1].replace(".py::", ".").replace("/", ".")
    return FAILED / (re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-")[:120] + FLAVOUR)


def _keep(item, folder, reports):
    target = failed_folder(item)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    if folder:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                copy = target / path.relative_to(folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
    parts = [f"{r.when}: {r.outcome}\n{r.longreprtext}\n"
             + "".join(f"--- {title}\n{text}\n" for title, text in r.sections)
             for r in reports]
    (target / "output").write_text("\n".join(parts))
    (target / "seed").write_text(f"{SEED}\n")
    (target / "again").write_text(f"SEED={SEED} BUILD={os.path.relpath(BUILD, ROOT)} "
                                  f"PLATFORM={PLATFORM.name} /usr/bin/python3 -m pytest '{item.nodeid}'\n")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    yield
    folder = item.stash.get(folder_key, None)
    reports = item.stash.get(reports_key, [])
    if any(r.failed for r in reports):
        _keep(item, folder, reports)
        print(f"\nkept in {os.path.relpath(failed_folder(item), ROOT)}")
    if folder and os.environ.get("KEEP") != "1":
        shutil.rmtree(folder, ignore_errors=True)
