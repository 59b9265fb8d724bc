"""livedebug report: what is counted and shown: filters, ranking, what was not understood."""
import json

import pytest

HEADER = "ChildEBP RetAddr  Args to Child\n"
ROW = "f64138c0 8048b640 00000001 00000002 00000003 {}\n"


def stack(*frames):
    return HEADER + "".join(ROW.format(frame) for frame in frames) + "kd> g\n"


def journal(*stacks):
    """(time, boot, frames): a journal with one stack each."""
    lines, seq = [], 0
    for time, boot, frames in stacks:
        said = [("*", json.dumps({"event": "state", "boot": boot}))]
        said += [("<", line) for line in stack(*frames).splitlines()]
        for kind, text in said:
            seq += 1
            lines.append(f"{time}.000000Z {seq} {kind} {text}\n")
    return "".join(lines).encode()


@pytest.fixture
def fold(run):
    def call(stdin, *args):
        done = run("--format", "folded", *args, "-", stdin=stdin)
        assert done.returncode == 0
        return done.stdout.decode().splitlines()
    return call


LOG = (stack("nt!Alloc+0x1", "a!F+0x10", "nt!Root") * 3 + stack("nt!Alloc+0x1", "a!F+0x20", "nt!Root")
       + stack("nt!Alloc+0x2", "b!G+0x10", "nt!Root")).encode()


def test_patterns(fold):
    assert fold(LOG) == ["nt!Root;a!F;nt!Alloc 4", "nt!Root;b!G;nt!Alloc 1"]
    assert fold(LOG, "--match", "^A!") == ["nt!Root;a!F;nt!Alloc 4"]
    assert fold(LOG, "--match", "^a!", "--match", "g$") == fold(LOG)
    assert fold(LOG, "--exclude", "a!f") == ["nt!Root;b!G;nt!Alloc 1"]


def test_offsets_and_share(fold):
    assert fold(LOG, "--offsets", "--match", "a!") == [
        "nt!Root;a!F+0x10;nt!Alloc+0x1 3", "nt!Root;a!F+0x20;nt!Alloc+0x1 1"]
    assert fold(LOG, "--min-share", "20.1%") == ["nt!Root;a!F;nt!Alloc 4"]
    assert fold(LOG, "--min-share", "20") == fold(LOG)


def test_times_and_boots(fold):
    log = journal(("2026-11-23T10:00:00", 1, ["a!F"]), ("2026-11-24T10:00:00", 2, ["b!F"]),
                  ("2026-11-24T12:00:00", 2, ["c!F"]))
    assert fold(log) == ["a!F 1", "b!F 1", "c!F 1"]
    assert fold(log, "--since", "2026-11-24") == ["b!F 1", "c!F 1"]
    assert fold(log, "--since", "2026-11-24", "--until", "2026-11-24T12:00:00Z") == ["b!F 1"]
    assert fold(log, "--boot", "2") == ["b!F 1", "c!F 1"]
    assert fold(log, "--boot", "3") == []


def test_hits_without_a_time_are_told(run):
    done = run("--format", "folded", "--since", "2026-11-24", "-", stdin=LOG)
    assert done.stdout == b"" and b"5 hits have no time" in done.stderr


def test_the_users_own_pass_through_modules(run, tmp):
    log = stack("nt!Alloc", "helper!Get", "drv!Work").encode()
    (tmp / "names").write_text("# ours\nhelper\n\nother\n")

    def module(*args):
        return json.loads(run("--json", *args, "-", stdin=log).stdout)["modules"][0]["module"]
    assert module() == "helper"
    assert module("--pass-through", "x,Helper") == "drv"
    assert module("--pass-through", "@names") == "drv"


def test_lines_that_were_not_understood(run):
    log = stack("nt!Alloc", "a!F").replace(ROW.format("a!F"), "what?\x01\n" + ROW.format("a!F")).encode()
    done = run("-", stdin=log)
    assert done.returncode == 0 and b"1 line was not understood" in done.stderr
    assert run("--explain", "-", stdin=log).stdout == b"-:3: what?\\x01\n"


def test_more_unique_stacks_than_are_kept(run):
    log = "".join(stack("nt!Alloc", "drv!F", f"nt!R{i}") for i in range(50)).encode()
    done = run("--format", "folded", "--max-stacks", "10", "-", stdin=log)
    assert done.stdout.splitlines()[0] == b"(other stacks);drv!F 40" and b"40 hits" in done.stderr


@pytest.mark.parametrize("option, value", [
    ("by", "colour"), ("top", "0"), ("top", "x"), ("min-share", "120"), ("match", "(a"), ("exclude", "[a"),
    ("since", "yesterday"), ("until", "2026-13-01"), ("boot", "-1"), ("pass-through", "a b"),
    ("pass-through", "@none"), ("format", "xml"), ("max-stacks", "1k")])
def test_a_wrong_value_is_named(run, option, value):
    done = run(f"--{option}", value, "-")
    assert done.returncode == 2 and done.stdout == b""
    assert f"{value}: " in done.stderr.decode()


def test_of_nothing_that_was_read_nothing_is_said(run):
    done = run("none.log")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.count(b"\n") == 1 and b"none.log" in done.stderr
