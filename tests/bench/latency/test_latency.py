"""How soon does the next command follow a proved prompt? Beside a bare libuv loop and `expect`.

All three type into the same stand-in (kd.c), which takes the time. They take turns, so that whatever
else this machine does falls on each of them.
"""

import os
import shutil
import statistics
import subprocess
import time

import pytest

from support.daemon import Daemon, profile

ROUNDS = 5
COMMANDS = 200  # and as many samples a round
OF_BARE, OF_EXPECT = 3, 1 / 5


def take(path, limit=30):
    """The samples of one run, in ns; waits until they are written."""
    end = time.monotonic() + limit
    while not path.exists() or path.read_bytes().count(b"\n") < COMMANDS:
        assert time.monotonic() < end, f"{path}: no samples"
        time.sleep(0.02)
    samples = [int(line) for line in path.read_text().split()][:COMMANDS]
    path.unlink()
    return samples


def type_by_daemon(build, tmp, out):
    master, slave = os.openpty()
    arm = "\n".join(["r"] + ["  r"] * (COMMANDS - 1))
    session = {"kd": build / "bench/latency-kd", "port": "COM1", "port_device": os.ttyname(slave),
               "baud_rate": 115200, "log_file": tmp / "kd.log", "arm_at": "boot", "arm": arm,
               "settle": "100ms", "env.LATENCY_OUT": out}
    try:
        with Daemon(build, tmp, profile(tmp, {"web1": session})) as daemon:
            samples = take(out)
            assert daemon.stop() == 0, daemon.lines
    finally:
        os.close(master)
        os.close(slave)
    return samples


def type_by(words, out):
    subprocess.run([*map(str, words)], env=os.environ | {"LATENCY_OUT": str(out)}, check=True, timeout=60)
    return take(out)


def row(name, samples):
    cuts = statistics.quantiles(samples, n=20)
    return f"{name:10}{len(samples):9}{statistics.median(samples) / 1000:13.1f}{cuts[18] / 1000:13.1f}"


@pytest.mark.bench
@pytest.mark.timeout(300)
def test_next_command_after_a_proved_prompt(build, root, tmp, capsys):
    assert shutil.which("expect"), "scripts/setup bench installs expect"
    kd, here, out = build / "bench/latency-kd", root / "tests/bench/latency", tmp / "samples"
    samples = {"livedebug": [], "bare loop": [], "expect": []}
    for _ in range(ROUNDS):
        samples["livedebug"] += type_by_daemon(build, tmp, out)
        samples["bare loop"] += type_by([build / "bench/latency-bare", COMMANDS, kd], out)
        samples["expect"] += type_by(["expect", here / "typist.exp", COMMANDS, kd], out)
    own, bare, expect = (statistics.median(s) for s in samples.values())
    verdicts = [(f"{own / bare:.2f} times the bare loop's, at most {OF_BARE}", own <= OF_BARE * bare),
                (f"{own / expect:.3f} of expect's, at most {OF_EXPECT}", own <= OF_EXPECT * expect)]
    floor = f"     (the bare loop's is {bare / expect:.3f} of expect's: nothing on libuv can be below)"
    with capsys.disabled():
        print("\nfrom a proved prompt to the next command in kd's pipe\n"
              f"{'':10}{'samples':>9}{'median us':>13}{'p95 us':>13}")
        for name, taken in samples.items():
            print(row(name, taken))
        for text, holds in verdicts:
            print(f"{'ok  ' if holds else 'FAIL'} livedebug's median is {text}")
        print(floor)
    assert all(holds for _, holds in verdicts)
