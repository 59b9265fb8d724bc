"""Commands of operators: typed at a prompt only, one at a time, and what they print comes back."""

import concurrent.futures

import pytest

from support.rig import Rig, slow


@pytest.fixture
def rig(build, root, tmp):
    with Rig(build, root, tmp, keys={"halt_max": slow("5s")}) as rig:
        rig.one.wait_armed()
        rig.daemon.wait_status(rig.one.name, state="running")
        yield rig


def typed(rig):
    return [t for kind, t in rig.one.records() if kind == ">" and not t.startswith(".echo LD-")]


def test_break_runs_it_and_resumes(rig):
    out = rig.one.verb("cmd", "--break", "--timeout", slow("15s"), ".echo what a night")
    assert out == "what a night\n"
    rig.daemon.wait_status(rig.one.name, state="running", arm="armed")
    assert rig.target.state()["running"]
    who = rig.one.events("command")[0]
    assert who["text"] == ".echo what a night" and "(pid " in who["who"]


def test_only_at_a_halt(rig):
    before = typed(rig)
    rig.one.verb("cmd", ".echo x", code=4)
    assert typed(rig) == before
    rig.one.verb("break")
    assert rig.one.verb("cmd", ".echo x") == "x\n"
    assert rig.one.verb("cmd", "bl").count("MmAllocateSpecialPool") == 1
    assert rig.one.status()["state"] == "halted"
    rig.one.verb("go")
    rig.daemon.verb("cmd", "nobody", "lm", code=3)


def test_what_wrecks_is_not_typed(rig):
    rig.one.verb("break")
    before = typed(rig)
    for line in ("q", "lm; .reboot", ".shell", "g", ":force g", "lm\x02", "\x07"):
        rig.one.verb("cmd", line, code=4)
    assert typed(rig) == before
    assert rig.one.status()["state"] == "halted"


def test_forced_q_ends_kd_which_starts_again(rig):
    pid = rig.one.kd_pid()
    rig.one.verb("break")
    rig.one.verb("cmd", ":force q", code=4)
    rig.one.wait("armed")
    rig.one.wait_table(filled=True)
    assert rig.one.kd_pid() not in (0, pid)


def test_rivals_do_not_mix(rig):
    def ask(i):
        done = rig.daemon.ask("cmd", rig.one.name, f".echo line {i}")
        return i, done.returncode, done.stdout

    rig.one.verb("break")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        done = list(pool.map(ask, range(12)))
    assert all(code in (0, 4) for _, code, _ in done), done
    assert [out for i, code, out in done if code == 0] == [f"line {i}\n" for i, code, _ in done if code == 0]
    assert any(code == 0 for _, code, _ in done)
    rig.one.verb("go")
