"""livedebug plan: the formula, what corrects it, what it advises."""
import json
import os
import subprocess

import pytest

GOOD = '[session a]\nport=COM1\nbaud_rate=19200\nlog_file=a.log\narm=bp nt!MmAllocateSpecialPool ";kb;g"\n'
HALT = '2026-11-23T23:45:12.345678Z {seq} * {{"event":"halt_end","owner":"{owner}","ms":{ms}{estimate}}}\n'


@pytest.fixture
def run(build, tmp):
    def call(*args):
        (tmp / "debug.ini").write_text(f"[daemon]\ncontrol={tmp}/none\n" + GOOD)
        return subprocess.run([build / "livedebug", "plan", *args], cwd=tmp, capture_output=True, text=True,
                              env={**os.environ, "XDG_CONFIG_HOME": str(tmp / "none")}, timeout=20, check=False)
    return call


def one(done):
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)[0]


def test_the_formula_and_what_to_change(run):
    done = run("--rate", "10/min", "a")
    assert (done.returncode, done.stderr) == (0, "")
    assert "a: a hit halts the target 2.88 s (by the formula), at most 0.35 hits a second" in done.stdout
    assert "131.6 x frames = 5524; halt = 10 x bytes / baud = 2.88 s" in done.stdout
    assert "at 10 hits a minute it stands still 47.9% of the time" in done.stdout
    assert "halt_duty acts from 6 hits a minute on" in done.stdout
    assert "kb 10 in the breakpoint: 2.19 s" in done.stdout and "115200 baud" in done.stdout
    assert "sample" not in done.stdout
    assert "on_storm = sample" in run("--rate", "1000/s").stdout


def test_json_and_a_journal_that_corrects_it(run, tmp):
    plain = one(run("--json"))
    assert (plain["halt_s"], plain["calibrated"], plain["hits_seen"]) == (pytest.approx(2.877083, abs=1e-4), False, 0)
    journal = tmp / "j"
    journal.write_text("".join(HALT.format(seq=i, owner="hit", ms=ms, estimate=',"estimate":true')
                               for i, ms in enumerate([400, 500, 600])) +
                       HALT.format(seq=4, owner="operator", ms=90000, estimate="") + "not a record\n")
    seen = one(run("--json", "--journal", str(journal), "--rate", "30/min"))
    assert (seen["halt_s"], seen["calibrated"], seen["hits_seen"]) == (0.5, True, 3)
    assert seen["formula_s"] == plain["formula_s"] and seen["duty"] == 0.25


def test_bad_words(run):
    assert run("--rate", "10").returncode == 2 and "10/min" in run("--rate", "10").stderr
    assert run("b").returncode == 3
    assert run("--journal", "absent").returncode == 1
