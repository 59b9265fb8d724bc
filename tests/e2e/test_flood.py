"""DbgPrint that looks like kd: nothing is sent but a nonce, and no break-in follows."""

import pytest

from support.scene import NAME, Scene

SINGLE = ["0: kd> ", "kd> ", "Breakpoint 0 hit", "Kernel Debugger connection established.",
          "Connected to Windows 7 7601 x64 target at (Tue Nov 24 12:53:56.322 2026 (UTC + 0:00)), ptr64 TRUE",
          "Shutdown occurred at (Mon Dec 29 22:30:44.315 2025 (UTC - 8:00))...unloading all symbol tables.",
          "Waiting to reconnect...", ".echo LD-0123456789abcdef", "LD-0123456789abcdef",
          "*** Fatal System Error: 0x000000d1", "Break instruction exception - code 80000003 (first chance)",
          "Child-SP          RetAddr           Call Site", "0: kd> g"]


def only_proofs(s, since):
    """What was typed since: proofs, one of them open at a time and, as nobody waits, one a minute."""
    records = [r for r in s.journal() if r.seq > since]
    typed = [r for r in records if r.kind == ">"]
    assert all(r.text.startswith(".echo LD-") for r in typed), typed
    for one, two in zip(typed, typed[1:]):
        assert two.time - one.time >= 60, (one, two)
        nonce = one.text.split()[1].rstrip("\\")
        assert [r for r in records if one.seq < r.seq < two.seq and r.kind == "<" and nonce in r.text], (one, two)
    assert not [r for r in records if r.event.get("event") in ("break", "reboot", "bugcheck_break")], records
    return typed


def test_flood(root, build, tmp, seed):
    with Scene(root, build, tmp, seed=seed, speed=50) as s:
        s.event("armed")
        since = s.journal()[-1].seq
        for i in range(3):
            s.target.command("fault flood 200")
            s.target.command(f"print end of flood {i}")
            s.said(f"end of flood {i}")
            s.target.let_pass(15000)  # three times the settle
        only_proofs(s, since)
        assert s.state_is_running() and s.table() == ["0xfffff80001003000"]
        assert s.truth("breakin_byte") == s.truth("breakin_byte")[:2]
        # No word of the flood has taken away what it must still do.
        hits = len(s.events("hit"))
        s.target.command("hits 1")
        s.target.wait("hit")
        s.wait_hits(hits + 1)
        s.daemon.wait_status(NAME, state="running", arm="armed")


@pytest.mark.timeout(90)
def test_single_lines_after_silence(root, build, tmp, seed):
    with Scene(root, build, tmp, seed=seed, speed=50) as s:
        s.event("armed")
        since = s.journal()[-1].seq
        for line in SINGLE:
            s.target.let_pass(10000)  # twice the settle
            s.target.command("print " + line)
            s.target.wait("print")
            s.target.let_pass(10000)
            only_proofs(s, since)
        assert s.state_is_running()
        assert len(s.events("break")) == 1
