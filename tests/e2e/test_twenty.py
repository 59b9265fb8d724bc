"""Twenty sessions in one daemon: a hung kd and one that writes without end cost the others nothing."""

import collections
import json
import subprocess

import pytest

from support.rig import LIMIT, SLOW, Rig, until

HITS = 10
NAMES = [f"web{i}" for i in range(1, 21)]
ILL = {"web7": "hang@cmd2", "web13": "spew@cmd2"}
WELL = [name for name in NAMES if name not in ILL]
WAIT = 3 * LIMIT  # twenty of everything share the machine


def keys(name):
    times = {"halt_max": 15, "arm_max": 30, "command_timeout": 15, "break_timeout": 10, "stop_max": 40}
    own = {key: f"{int(seconds * SLOW)}s" for key, seconds in times.items()}
    if name in ILL:
        own |= {"env.BENCH_KD_FAULT": ILL[name], "journal_rate": "64K", "stop_max": f"{int(8 * SLOW)}s"}
    return own


def options(name):
    return ["--seed", NAMES.index(name) + 1, "--hits", HITS]


def folded(rig, path):
    """{stack, root first: how often} of a log or a journal."""
    text = subprocess.run([rig.build / "livedebug", "report", "--format", "folded", path], capture_output=True,
                          text=True, check=True).stdout
    return {stack: int(count) for stack, count in (line.rsplit(" ", 1) for line in text.splitlines())}


def truth(session):
    hits = [e for e in session.target.log if e["event"] == "hit"]
    return collections.Counter(";".join(reversed(hit["stack"])) for hit in hits)


def is_done(session):
    """All hits and the halts they cost are over: the target runs, armed."""
    state = session.target.state()
    return state["hits"] == HITS and state["running"] and session.count("hit") == HITS


@pytest.mark.timeout(180)
def test_two_ill_ones_cost_the_other_eighteen_nothing(build, root, tmp):
    with Rig(build, root, tmp, options, names=NAMES, keys=keys, start=False) as rig:
        rig.start()
        well = [rig.sessions[name] for name in WELL]
        for s in well:
            s.wait("armed", limit=WAIT)
        for s in well:
            until(lambda s=s: is_done(s), f"{s.name}: {HITS} hits")
        status = {s["name"]: s for s in json.loads(rig.daemon.verb("status", "--json"))}
        assert list(status) == NAMES
        for s in well:
            shown = status[s.name]
            seen = [shown[key] for key in ("arm", "hits", "lost_bytes", "kd_starts")]
            assert seen == ["armed", HITS, 0, 1], shown
            assert s.stacks_logged() == HITS
        assert rig.sessions["web13"].wait("gap", reason="more than journal_rate")["bytes"] > 0
        assert rig.sessions["web7"].count("hit") == 0

        rig.daemon.limit = 60 * SLOW
        code = rig.stop()
        for s in well:
            end = s.target.stop()
            assert end["running"] and end["breakpoints"] == [] and end["hits"] == HITS, (s.name, end)
            assert f"{s.name}: released" in rig.daemon.lines
            assert folded(rig, s.log) == folded(rig, s.journal_path) == truth(s), s.name
            assert not s.events("gap"), s.name
        for name in ILL:  # they end too, and say what is true of them
            end = rig.sessions[name].target.stop()
            is_clean = end["running"] and end["breakpoints"] == []
            assert is_clean or f"{name}: released" not in rig.daemon.lines, (name, end)
        ill = [line for line in rig.daemon.lines if line.startswith(tuple(f"{name}: " for name in ILL))]
        assert len(ill) == len(ILL), ill
        assert (code == 0) == all(line.endswith(": released") for line in ill), (code, ill)
