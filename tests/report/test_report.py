"""livedebug report: the real program over real logs, its formats and exit codes."""
import json
import subprocess

import pytest

STACK = "ChildEBP RetAddr  \nf64138c0 8048b640 nt!Alloc+0x1\nf64138f0 8048d8e7 {}!Root+0x2\nkd> g\n"


@pytest.fixture
def log(tmp):
    (tmp / "x.log").write_text(STACK.format("a") * 3 + STACK.format("b") + STACK.format("nt"))
    return "x.log"


def test_every_transcript_folds_as_written_by_hand(run, shared, root):
    names = sorted(p.stem for p in (shared / "transcripts").glob("*.txt"))
    wanted = {p.stem: p.read_bytes() for p in (root / "tests/golden/folded").glob("*.folded")}
    assert names and set(wanted) <= set(names)
    for name in names:
        done = run("--format", "folded", str(shared / "transcripts" / f"{name}.txt"))
        assert (name, done.returncode, done.stdout) == (name, 0, wanted.get(name, b""))


def test_folded(run, log):
    assert run("--format", "folded", log).stdout == b"a!Root;nt!Alloc 3\nb!Root;nt!Alloc 1\nnt!Root;nt!Alloc 1\n"


def test_json(run, log):
    got = json.loads(run("--json", log).stdout)
    assert (got["total"], got["unique"], got["gaps"]) == (5, 3, 0)
    none = {"first": None, "last": None, "rate": None}
    assert got["version"] == 1 and got["modules"][0] == none | {
        "name": "a", "module": "a", "count": 3, "share": 0.6, "unique": 1, "weight": 3, "commonest": 0,
        "commonest_count": 3}
    assert (got["by"], got["kinds"], got["trend"], got["logs"]) == ("module", {"nt": "kernel"}, None, ["x.log"])
    stack = got["stacks"][0]
    assert stack.pop("boots") in ([], [[0, 3]])
    assert stack == none | {"count": 3, "share": 0.6, "weight": 3, "module": "a", "top": "a!Root", "responsible": 0,
                            "trend": None, "intervals": [], "frames": ["a!Root", "nt!Alloc"]}
    assert run("--format", "json", log).stdout == run("--json", log).stdout


def test_several_logs_and_stdin_are_one_report(run, log):
    done = run("--format", "folded", log, "-", log, stdin=STACK.format("b").encode("utf-16"))
    assert done.stdout.splitlines()[:2] == [b"a!Root;nt!Alloc 6", b"b!Root;nt!Alloc 3"]


def test_unreadable_input_is_1_and_the_rest_is_told(run, log):
    done = run("--format", "folded", "none.log", log)
    assert done.returncode == 1 and b"none.log" in done.stderr and done.stdout.startswith(b"a!Root")
    assert run(".").returncode == 1


def test_no_stack_is_0_with_a_word(run):
    for words in ((), ("--format", "folded")):
        done = run(*words, "-", stdin=b"kd> g\n")
        assert (done.returncode, done.stdout) == (0, b"")
        assert done.stderr == b"livedebug report: no stack found in -: 1 lines, none of them a stack's (kb, k, kv, ...)\n"
    done = run("--match", "none", "-", stdin=STACK.format("a").encode())
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"livedebug report: no stack found in -: the filters left out all 1 hits\n"
    empty = json.loads(run("--json", "-").stdout)
    assert {k: empty[k] for k in ("version", "total", "unique", "first", "modules", "stacks")} == {
        "version": 1, "total": 0, "unique": 0, "first": None, "modules": [], "stacks": []}


def test_a_closed_pipe_is_0(build, tmp):
    (tmp / "big.log").write_text("".join(STACK.format(f"m{i}") for i in range(20000)))
    done = subprocess.run(["bash", "-c", '"$0" report big.log | head -1; exit ${PIPESTATUS[0]}', build / "livedebug"],
                          cwd=tmp, capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"20000 hits; 20000 unique stacks\n", b"")


def test_a_full_disk_is_1_and_named(build, log, tmp):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([build / "livedebug", "report", log], cwd=tmp, stdout=full, stderr=subprocess.PIPE,
                              timeout=20, check=False)
    assert done.returncode == 1
    assert b"cannot write the report to standard output: No space left on device" in done.stderr


def test_usage(run):
    assert run("--help").returncode == 0
    assert [run().returncode, run("--format", "xml", "-").returncode, run("--nonsense").returncode] == [2, 2, 2]


def test_text_from_outside_is_escaped_in_json(run):
    stack = 'ChildEBP RetAddr  \nf64138c0 8048b640 drv!a"b\\c\xff\n'.encode("latin-1")
    frames = json.loads(run("--json", "-", stdin=stack).stdout)["stacks"][0]["frames"]
    assert frames == ['drv!a"b\\c\xff']


def test_speedscope_has_the_stacks_of_folded(run, shared):
    name = str(shared / "transcripts/018-irq-conflict-kb-x86.txt")
    got = json.loads(run("--format", "speedscope", name).stdout)
    profile, frames = got["profiles"][0], [f["name"] for f in got["shared"]["frames"]]
    lines = [f"{';'.join(frames[i] for i in sample)} {weight}"
             for sample, weight in zip(profile["samples"], profile["weights"], strict=True)]
    assert lines and lines == run("--format", "folded", name).stdout.decode().splitlines()
    assert (profile["startValue"], profile["endValue"]) == (0, sum(profile["weights"]))
