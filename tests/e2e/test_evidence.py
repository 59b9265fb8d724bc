"""What is kept: kd's log and the journal, over too much output, a full disk and the death of kd."""

import json
import os
import signal
import subprocess
import time

import pytest

from support.daemon import Daemon
from support.rig import Rig, slow, until

HITS = 5
CHAT = 100


def armed(rig):
    rig.one.wait("armed")
    rig.one.wait_table(filled=True)


def ends_well(rig):
    assert rig.stop() == 0, rig.daemon.lines[-4:]
    end = rig.target.stop()
    assert end["running"] and end["breakpoints"] == [], end


def hit_it(rig):
    """HITS more hits; the session counts what the target did."""
    rig.target.command(f"hits {HITS}")
    return until(lambda: rig.target.state()["hits"] >= HITS and rig.target.state()["running"], f"{HITS} hits")


def chat_line(n):
    return f"chat {n} " + "x" * 60


def chat(rig, count):
    """The target prints so many lines; done when kd has them."""
    for n in range(count):
        rig.target.command(f"print {chat_line(n)}")
        rig.target.wait("print")  # it keeps only a few
    until(lambda: chat_line(count - 1) in text_lines(rig.one.log), "the last line is in kd's log")


def text_lines(path):
    return path.read_bytes().decode(errors="replace").splitlines()


# --- more than journal_rate -----------------------------------------------------------------


def test_prints_above_the_rate_are_a_gap_and_cost_no_hit(build, root, tmp):
    with Rig(build, root, tmp, keys={"journal_rate": "1K"}) as rig:
        s = rig.one
        armed(rig)
        chat(rig, CHAT)
        gap = s.wait("gap", reason="more than journal_rate")
        hit_it(rig)
        status = rig.daemon.wait_status(s.name, state="running", arm="armed", hits=HITS)
        assert status["lost_bytes"] >= gap["bytes"] > 0 and status["kd_starts"] == 1
        lines = text_lines(s.log)  # kd's own log has it all
        assert [line for line in lines if line.startswith("chat ")] == [chat_line(n) for n in range(CHAT)]
        assert s.stacks_logged() == HITS
        ends_well(rig)
        rig.daemon.journal(s.name)  # each line whole, no number missing
        assert s.count("hit") == HITS
        assert sum(e["bytes"] for e in s.events("gap")) >= status["lost_bytes"]


def test_kd_that_spews_is_a_gap_and_is_replaced(build, root, tmp):
    keys = {"journal_rate": "16K", "halt_max": slow("1s"), "command_timeout": slow("700ms"),
            "break_timeout": slow("700ms"), "env.BENCH_KD_FAULT": "spew@cmd3",
            "env.BENCH_KD_FAULT_ONCE": tmp / "once"}
    with Rig(build, root, tmp, keys=keys) as rig:
        s = rig.one
        assert s.wait("gap", reason="more than journal_rate")["bytes"] > 0
        armed(rig)
        assert s.count("alarm", what="kd replaced") == 1
        assert s.journal_path.stat().st_size < 4 * 2**20
        ends_well(rig)


# --- a full disk ----------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp):
    """state/, of 256 KiB."""
    place = tmp / "state"
    place.mkdir(mode=0o700)
    words = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", place]
    if os.geteuid() != 0 or subprocess.run(words, check=False).returncode != 0:
        pytest.skip("only root mounts a small disk")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(place):
    filler = place / "filler"
    with open(filler, "wb", buffering=0) as out:
        try:
            while out.write(bytes(4096)):
                pass
        except OSError:
            pass
    return filler


def test_full_disk_is_survived_and_the_records_come_late(build, root, tmp, small_disk):
    with Rig(build, root, tmp) as rig:
        s = rig.one
        armed(rig)
        filler = fill(small_disk)
        chat(rig, CHAT)  # more than the rest of the journal's last page
        trouble = until(lambda: s.status()["journal_trouble"], "trouble is told")
        assert "space" in trouble
        hit_it(rig)
        s.wait_table(filled=True)
        rig.daemon.wait_status(s.name, state="running", arm="armed", hits=HITS)
        s.verb("break")
        s.verb("go")
        s.wait_table(filled=True)
        assert s.count("hit") < HITS  # nowhere to write them
        filler.unlink()
        until(lambda: s.count("hit") == HITS, "the hits that were held back")
        s.wait("halt_begin", owner="operator")
        status = rig.daemon.wait_status(s.name, journal_trouble=None)
        assert status["lost_bytes"] == 0 and not s.events("gap")
        ends_well(rig)
        assert rig.daemon.journal(s.name)  # each line whole, no number missing


def test_full_disk_does_not_keep_the_daemon_from_its_end(build, root, tmp, small_disk):
    with Rig(build, root, tmp) as rig:
        armed(rig)
        fill(small_disk)
        chat(rig, CHAT)
        until(lambda: rig.one.status()["journal_trouble"], "trouble is told")
        ends_well(rig)
        assert "livedebug: released" in rig.daemon.lines


def test_below_disk_reserve_is_disarmed_until_there_is_room(build, root, tmp, small_disk):
    keys = {"disk_reserve": "100K", "storm_hold_off": slow("1500ms")}
    with Rig(build, root, tmp, keys=keys) as rig:
        s = rig.one
        armed(rig)
        filler = fill(small_disk)
        os.truncate(filler, filler.stat().st_size - 40 * 1024)  # less than the reserve, but some
        s.wait_table(filled=False)  # it runs, and has no breakpoint
        rig.daemon.wait_status(s.name, state="running", arm="disarmed")
        assert "disk_reserve" in s.status()["why"], s.status()
        rig.kill()
        rig.start()
        rig.daemon.wait_status(s.name, arm="disarmed")
        filler.unlink()
        s.wait_table(filled=True)  # a machine's doing, so no person has to undo it
        rig.daemon.wait_status(s.name, state="running", arm="armed", journal_trouble=None)
        assert s.count("alarm", what="evidence cannot be kept") >= 1
        assert s.count("armed") == 2, s.events("armed")  # the second daemon did not arm first
        assert hit_it(rig)
        ends_well(rig)


@pytest.mark.long
@pytest.mark.timeout(150)
def test_a_minute_without_a_journal_disarms(build, root, tmp, small_disk):
    with Rig(build, root, tmp, keys={"storm_hold_off": "2s"}) as rig:
        s = rig.one
        armed(rig)
        filler = fill(small_disk)
        chat(rig, CHAT)
        began = time.monotonic()
        until(lambda: s.status()["journal_trouble"], "trouble is told")
        hit_it(rig)  # little: the small disk has to take it in the end
        while rig.target.state()["breakpoints"]:
            assert time.monotonic() - began < 90
            time.sleep(0.1)
        assert time.monotonic() - began > 55
        assert "for a minute" in s.status()["why"], s.status()
        filler.unlink()
        s.wait_table(filled=True)
        ends_well(rig)


# --- more than one file ---------------------------------------------------------------------


def report(rig, *logs, form="folded"):
    words = [rig.build / "livedebug", "report", "--format", form, *logs]
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, timeout=20, check=True).stdout


def test_journal_is_rotated_between_hits_and_all_agree(build, root, tmp):
    """Truth, kd's log, events, status and the report over the journal's files: one number, each stack whole."""
    keys = {"log_max": "64K", "log_keep": "all"}
    with Rig(build, root, tmp, keys=keys) as rig:
        s, sent = rig.one, 0

        def old():
            return rig.daemon.journals(s.name)[:-1]

        def hit_until(so):
            nonlocal sent
            while not so():
                sent += HITS
                rig.target.command(f"hits {HITS}")
                until(lambda: rig.target.state()["hits"] >= sent and rig.target.state()["running"], f"{sent} hits")
            rig.daemon.wait_status(s.name, state="running", arm="armed")

        def check():
            records = rig.daemon.journal(s.name)  # no number missing over all files
            hits = [json.loads(text) for _, kind, text in records if kind == "*" and '"event":"hit"' in text]
            logs = sorted(s.folder.glob("debug.log.*")) + [s.log]  # moved aside at a start of kd
            logged = sum(log.read_text().count("Breakpoint 0 hit") for log in logs)
            assert len(hits) == sent == logged == rig.target.state()["hits"]
            files = rig.daemon.journals(s.name)
            shell = sorted(map(str, files))  # as NAME.journal* gives them: the newest first
            assert shell[0] == str(files[-1]) and len(files) > 1
            assert report(rig, *shell) == report(rig, *logs)
            assert json.loads(report(rig, *shell, form="json"))["total"] == sent
            for path in old():
                assert path.stat().st_size < 64 * 1024 * 1.5, path
                assert f" {int(path.name.rsplit('.', 1)[1])} " in path.read_text().splitlines()[-1]

        armed(rig)
        hit_until(lambda: len(old()) == 2)
        assert s.status()["hits"] == sent
        check()
        rig.kill()  # the next daemon goes on where this one was
        rig.start()
        rig.daemon.wait_status(s.name, state="running", arm="armed")
        hit_until(lambda: len(old()) == 3)
        check()
        before = old()
        rig.kill()
        rig.profile[f"session {s.name}"]["log_keep"] = "1"
        rig.start()
        rig.daemon.wait_status(s.name, state="running", arm="armed")
        hit_until(lambda: s.events("deleted"))
        gone = until(lambda: (left := old()) and len(left) == 1 and [p for p in before if p not in left], "deletion")
        assert [e["file"] for e in s.events("deleted")] == [path.name for path in gone]
        told = [json.loads(line) for line in rig.daemon.verb("events", s.name).splitlines()]
        assert [e for e in told if e["event"] == "deleted"] == s.events("deleted")
        ends_well(rig)


def test_journal_that_is_deleted_or_moved_away_is_made_anew(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        s = rig.one
        armed(rig)
        hit_it(rig)
        size = until(lambda: s.count("hit") == HITS and s.journal_path.stat().st_size, "the hits are written")
        s.journal_path.unlink()
        s.at = 0
        assert until(lambda: s.events("gap"), "a gap")[0]["bytes"] >= size
        place = s.journal_path.parent
        place.rename(tmp / "pulled")  # stands for a drive
        until(lambda: s.status()["journal_trouble"], "trouble is told")
        rig.target.command(f"hits {HITS}")
        rig.daemon.wait_status(s.name, hits=2 * HITS, state="running", arm="armed")
        (tmp / "pulled").rename(place)
        until(lambda: s.count("hit") == HITS, "the hits that were held back")
        assert rig.daemon.wait_status(s.name, journal_trouble=None)["lost_bytes"] == 0
        ends_well(rig)


# --- kd's log -------------------------------------------------------------------------------


def test_log_is_never_cut_over_deaths_of_kd(build, root, tmp):
    with Rig(build, root, tmp, "--hits", HITS, start=False) as rig:
        s = rig.one
        s.log.write_bytes(before := b"kept from last year\n")
        rig.start()
        s.wait("armed")
        for _ in range(2):
            s.wait_table(filled=True)
            pid = s.kd_pid()
            os.kill(pid, signal.SIGKILL)
            s.wait("alarm", what="kd ended")
            then = s.log.read_bytes()
            assert then.startswith(before) and len(then) > len(before)
            before = then
            s.wait("armed")
        ends_well(rig)
        assert s.log.read_bytes().startswith(before)
        assert not list(s.folder.glob("debug.log.*"))


@pytest.mark.parametrize("reply", range(4))
def test_death_of_kd_inside_a_hit(build, root, tmp, reply):
    """kd dies while it reads the stack: the frozen target is found, armed anew and let go."""
    with Rig(build, root, tmp) as rig:
        s = rig.one
        armed(rig)
        pid = s.kd_pid()
        rig.target.command("hits 1")
        rig.target.wait("halted", why="hit")
        rig.target.let_pass(200 * reply)  # further into the stack
        os.kill(pid, signal.SIGKILL)
        s.wait("alarm", what="kd ended")
        armed(rig)
        ends_well(rig)


def test_log_mode_open_moves_the_old_one_aside_once(build, root, tmp):
    with Rig(build, root, tmp, keys={"log_mode": "open"}, start=False) as rig:
        s = rig.one
        s.log.write_bytes(old := b"of the last run\n")
        rig.start()
        s.wait("armed")
        aside = s.folder / "debug.log.1"
        assert aside.read_bytes() == old
        assert b"of the last run" not in (first := s.log.read_bytes())
        os.kill(s.kd_pid(), signal.SIGKILL)
        s.wait("armed")
        assert s.log.read_bytes().startswith(first)  # a restart appends
        assert list(s.folder.glob("debug.log.*")) == [aside]
        ends_well(rig)


def test_log_of_log_max_is_moved_aside_when_kd_starts(build, root, tmp):
    """And only then: a log that grows beyond it while kd runs stays."""
    with Rig(build, root, tmp, keys={"log_max": "64K"}, start=False) as rig:
        s = rig.one
        s.log.write_bytes(old := b"x" * 65535)
        rig.start()
        s.wait("armed")
        assert s.log.read_bytes().startswith(old) and not s.count("log_moved")
        whole = s.log.read_bytes()
        os.kill(s.kd_pid(), signal.SIGKILL)
        assert s.wait("log_moved")["number"] == 1
        s.wait("armed")
        assert (s.folder / "debug.log.1").read_bytes().startswith(whole)
        assert b"xxx" not in s.log.read_bytes()
        ends_well(rig)


# --- places that are not there --------------------------------------------------------------


def test_missing_kd_is_told_and_waited_for(build, root, tmp):
    with Rig(build, root, tmp, keys={"kd": tmp / "later" / "kd"}) as rig:
        s = rig.one
        s.wait_state("backoff")
        status = s.status()
        assert status["state"] in ("backoff", "launching", "port") and status["kd_pid"] == 0
        why = until(lambda: s.status()["why"], "why")
        assert "no such file" in why, why
        (tmp / "later").mkdir()
        (tmp / "later" / "kd").symlink_to(build / "bench" / "kd")
        armed(rig)
        ends_well(rig)


def test_missing_kd_and_sigterm(build, root, tmp):
    with Rig(build, root, tmp, keys={"kd": tmp / "kd"}) as rig:
        rig.one.wait_state("backoff")
        assert rig.stop() == 0
        assert "livedebug: released" in rig.daemon.lines


def test_state_dir_that_cannot_be(build, root, tmp):
    (tmp / "file").write_text("")
    with Rig(build, root, tmp, daemon={"state_dir": tmp / "file" / "state"}, start=False) as rig:
        with Daemon(build, tmp, rig.text(), wait=False) as daemon:
            assert daemon.process.wait(20) == 1
            daemon.reader.join(20)
            assert daemon.lines == [f"livedebug: state_dir {tmp}/file/state: not a directory"]
        assert rig.target.state()["boots"] == 1


# --- open files -----------------------------------------------------------------------------


def test_no_file_stays_open_after_deaths_of_kd(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        s = rig.one

        def same():
            until(lambda: rig.fds() == before, f"{before} open files again, not {rig.fds()}")

        armed(rig)
        before = rig.fds()
        for _ in range(2):
            os.kill(s.kd_pid(), signal.SIGKILL)
            s.wait("alarm", what="kd ended")
            armed(rig)
            same()
        os.kill(s.kd_pid(), signal.SIGKILL)
        s.wait("alarm", what="release mode")  # the third death within ten minutes
        s.wait("released", result="released")
        s.wait_table(filled=False)
        s.verb("start")
        armed(rig)
        same()
        ends_well(rig)
