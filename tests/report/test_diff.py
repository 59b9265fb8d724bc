"""livedebug report --diff A B: new, gone, grown; by time and by hits; each format."""
import json

import pytest

HEADER = "ChildEBP RetAddr  \n"


def stack(*frames):
    return HEADER + "".join(f"f64138c0 8048b640 {frame}+0x1\n" for frame in frames) + "kd> g\n"


def plain(**hits):
    return "".join(stack("nt!Alloc", f"{module}!Get", "nt!Start") * n for module, n in hits.items())


def journal(minutes, **hits):
    """Hits spread evenly over so many minutes, one more hit of `ends` at each end."""
    events = [(0, "ends"), (minutes * 60 - 1, "ends")]
    events += [(k * (minutes * 60 - 1) // n, module) for module, n in hits.items() for k in range(n)]
    lines = []
    for second, module in sorted(events):
        for text in stack("nt!Alloc", f"{module}!Get", "nt!Start").splitlines():
            lines.append(f"2026-11-23T{10 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000000Z "
                         f"{len(lines) + 1} < {text}\n")
    return "".join(lines)


@pytest.fixture
def diff(run, tmp):
    def call(a, b, *words):
        (tmp / "a.log").write_text(a)
        (tmp / "b.log").write_text(b)
        return run("--diff", *words, "a.log", "b.log")
    return call


def kinds(done):
    got = json.loads(done.stdout)
    return got["per"], {r["name"].split("!")[0]: r["kind"] for r in got["rows"]}


OLD, NEW = dict(gone=10, steady=200, grown=20, less=60, few=1), dict(new=30, steady=220, grown=80, less=10, few=3)


def test_the_five_kinds(diff):
    done = diff(plain(**OLD), plain(**NEW), "--json")
    assert kinds(done) == ("hits", {"gone": "gone", "new": "new", "grown": "grown", "less": "less", "steady": "same",
                                    "few": "same"})
    rows = json.loads(done.stdout)["rows"]
    assert [r["name"] for r in rows] == ["less!Get", "grown!Get", "new!Get", "gone!Get", "steady!Get", "few!Get"]
    grown = rows[1]
    assert (grown["a"], grown["b"]) == (20, 80)
    assert grown["norm_a"] == pytest.approx(100 * 20 / 291, 1e-4) and grown["norm_b"] == pytest.approx(100 * 80 / 343, 1e-4)


def test_a_long_log_and_a_short_one_are_compared_by_time(diff):
    """Four hours at a hit a minute are the same as one hour of it; by hits too; double the rate is not."""
    hour, day = journal(60, steady=60, grown=120, flood=60), journal(240, steady=240, grown=120, flood=240)
    assert kinds(diff(day, hour, "--json")) == ("time", {"steady": "same", "grown": "grown", "flood": "same", "ends": "same"})
    got = {r["name"]: r for r in json.loads(diff(day, hour, "--json").stdout)["rows"]}
    assert got["grown!Get"]["norm_a"] == pytest.approx(0.5, 0.02) and got["grown!Get"]["norm_b"] == pytest.approx(2, 0.02)
    assert kinds(diff(hour, hour, "--json", "--per", "hits"))[0] == "hits"


def test_everything_twice_as_often_is_seen_by_time_only(diff):
    a, b = journal(120, x=100, y=200), journal(120, x=200, y=400)
    assert kinds(diff(a, b, "--json"))[1] == {"x": "grown", "y": "grown", "ends": "same"}
    assert kinds(diff(a, b, "--json", "--per", "hits"))[1] == {"x": "same", "y": "same", "ends": "same"}


def test_time_needs_a_clock(diff):
    done = diff(plain(a=1), journal(60, a=1), "--per", "time")
    assert (done.returncode, done.stdout) == (1, b"") and b"a.log has no times" in done.stderr
    assert kinds(diff(plain(a=1), journal(60, a=1), "--json"))[0] == "hits"


def test_text(diff):
    lines = diff(plain(**OLD), plain(**NEW)).stdout.decode().splitlines()
    assert lines[:3] == ["A  a.log: 291 hits, 5 unique stacks", "B  b.log: 343 hits, 5 unique stacks",
                         "by percent of the hits: 1 new, 1 grown, 2 same, 1 less, 1 gone"]
    assert lines[4].split() == ["change", "A/%", "B/%", "A", "hits", "B", "hits", "stack"]
    assert lines[5].split() == ["less", "x0.14", "20.62", "2.92", "60", "10", "less!Get"]
    assert lines[6].strip() == "less!Get < nt!Start"
    assert lines[9].split() == ["new", "0.00", "8.75", "0", "30", "new!Get"]
    many = plain(**{f"m{i}": 2 for i in range(100)})
    lines = diff(many, many + plain(z=5)).stdout.decode().splitlines()
    assert len(lines) <= 23 and max(map(len, lines)) <= 80 and lines[5].split()[0] == "new"
    assert lines[-1] == "and 100 more rows; --top 101 shows all"


def test_folded_has_both_counts(diff):
    lines = diff(plain(a=2, b=1), plain(a=3, c=4), "--format", "folded").stdout.decode().splitlines()
    assert sorted(lines) == ["nt!Start;a!Get;nt!Alloc 2 3", "nt!Start;b!Get;nt!Alloc 1 0", "nt!Start;c!Get;nt!Alloc 0 4"]


def test_by_module_and_filters(diff):
    a = plain(a=5) + stack("nt!Alloc", "a!Other") * 5
    b = plain(a=10, b=3)
    got = json.loads(diff(a, b, "--by", "module", "--json").stdout)["rows"]
    assert [(r["name"], r["kind"], r["a"], r["b"]) for r in got] == [("a", "same", 10, 10), ("b", "new", 0, 3)] or [
        (r["name"], r["kind"], r["a"], r["b"]) for r in got] == [("b", "new", 0, 3), ("a", "same", 10, 10)]
    got = json.loads(diff(a, b, "--match", "Other", "--json").stdout)
    assert [(r["kind"], r["a"], r["b"]) for r in got["rows"]] == [("gone", 5, 0)] and got["a"]["total"] == 10


def test_an_empty_side(diff):
    assert kinds(diff("", plain(a=1), "--json"))[1] == {"a": "new"}
    assert kinds(diff(plain(a=1), "", "--json"))[1] == {"a": "gone"}
    assert json.loads(diff("", "", "--json").stdout)["rows"] == []


@pytest.mark.parametrize("words, why", [
    (["a.log"], b"two logs are wanted"), (["--by", "hour", "a.log", "a.log"], b"boots and hours"),
    (["--format", "speedscope", "a.log", "a.log"], b"text, folded, json and html"),
    (["--per", "colour", "a.log", "a.log"], b"time or hits is wanted"), (["--follow", "a.log", "a.log"], b"does not go together")])
def test_what_cannot_be_compared(run, words, why):
    done = run("--diff", *words)
    assert (done.returncode, done.stdout) == (2, b"") and why in done.stderr


def test_a_missing_log_is_1(run, tmp):
    (tmp / "a.log").write_text(plain(a=1))
    done = run("--diff", "a.log", "none.log")
    assert (done.returncode, done.stdout) == (1, b"") and b"none.log" in done.stderr
