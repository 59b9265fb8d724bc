"""The daemon dies at random moments; each time the next one has the target armed and running soon.

20 moments, KILLS=200 (`make deaths`) for more. Deaths count for ten minutes, and three of them mean release
mode (tests/core and test_deaths): here each is taken as the first, so its count is taken out of the state file.
"""

import json
import os
import random

import pytest

from support.daemon import RECORD
from support.rig import SLOW, until
from support.scene import NAME, Scene

KILLS = int(os.environ.get("KILLS") or 20)
WITHIN = 10000 * SLOW  # bench time, ms
SPEED = 3  # a busy machine takes a second and more to start two programs; five of the ten are kd's RESET


def check_journal(s):
    """Every complete line is a record, numbered without a hole; at most the last one is torn."""
    text = (s.tmp / "state" / f"{NAME}.journal").read_bytes()
    lines = text[:text.rfind(b"\n") + 1].decode().splitlines()
    records = [RECORD.match(line) for line in lines]
    assert records and all(records), [line for line, r in zip(lines, records) if not r]
    assert [int(r[2]) for r in records] == list(range(1, len(records) + 1))
    for r in records:
        assert r[3] in "<>" or json.loads(r[4])["seq"] == int(r[2])
    return len(records)


def forget_deaths(s):
    path = s.tmp / "state" / f"{NAME}.state"
    if path.exists():
        path.write_text(json.dumps(json.loads(path.read_text()) | {"deaths": []}))


def armed_and_running(s):
    """The moment (bench ms) at which the daemon said so and the target did."""
    s.event("armed")

    def check():
        state = s.target.state()
        return state if state["running"] and state["breakpoints"] else None
    return until(check, "running, with breakpoints")["t"]


@pytest.mark.timeout(int((30 + 3 * KILLS) * SLOW))
def test_the_next_start_recovers(root, build, tmp, seed):
    rng, took = random.Random(seed), []
    with Scene(root, build, tmp, seed=seed, speed=SPEED, baud=460800, target=["--rate", 4, "--hits", 1000000]) as s:
        armed_and_running(s)
        for n in range(KILLS):
            if n % 4 == 3:  # as a stop is under way
                s.daemon.process.terminate()
            s.target.let_pass(rng.randrange(0, 1500))
            s.kill_daemon()
            s.at = check_journal(s)
            forget_deaths(s)
            begun = s.target.state()["t"]
            s.start()
            took.append(armed_and_running(s) - begun)
            assert took[-1] <= WITHIN, (n, took)
            if n % 3 == 2:  # the next dies somewhere on its way to here
                s.kill_daemon()
                forget_deaths(s)
                s.start()
                s.target.let_pass(rng.randrange(0, 2500))
        check_journal(s)
        print(f"seed {seed}: {KILLS} deaths, armed and running after {sorted(took)[len(took) // 2]} ms of bench time "
              f"in the middle, {max(took)} at most")
