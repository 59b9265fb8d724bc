"""The simulator: seeds of this commit, all that ever failed, and the core with planted mistakes."""
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SLOW = float(os.environ.get("SLOW", "1"))  # sanitizers
SEEDS = 20000 if SLOW == 1 else 1500
MISTAKES = 10000 if SLOW == 1 else 3000


def simulate(program, *arguments, timeout=200):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout)


@pytest.fixture(scope="session")
def first(root):
    """Of the seeds: from the commit's id, so that each commit tries others, and each run of it
    the same."""
    done = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True)
    commit = done.stdout.strip()
    return int(commit[:8], 16) if re.fullmatch("[0-9a-f]{40,}", commit) else 1


@pytest.mark.timeout(300)
def test_seeds_of_this_commit(build, first, record_property):
    run = simulate(build / "tests/sim/sim", "--seeds", SEEDS, "--first", first)
    print(f"{SEEDS} seeds from {first}, fewer than 20000 with sanitizers")
    print(run.stdout)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{SEEDS} seeds from {first}," in run.stdout


def test_all_that_ever_failed(build):
    run = simulate(build / "tests/sim/sim", "--corpus", HERE / "corpus.txt")
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_seed_replays_exactly(build):
    one, two = (simulate(build / "tests/sim/sim", "--seeds", 1, "--first", 7, "--trace")
                for _ in range(2))
    strip = re.compile(r"[0-9]+ seeds a second")
    assert strip.sub("", one.stdout) == strip.sub("", two.stdout)
    assert len(one.stdout) > 1000


# --- planted mistakes


def read_mistakes():
    blocks = (HERE / "mistakes.txt").read_text().split("\nmistake: ")[1:]
    for block in blocks:
        lines = block.splitlines()
        old, new = ([line[1:] for line in lines if line.startswith(mark)] for mark in "-+")
        name, path = lines[0], lines[1].removeprefix("file: ")
        yield pytest.param(path, "\n".join(old), "\n".join(new), id=name.replace(" ", "-"))


def build_with(root, build, tmp, path, old, new):
    text = (root / path).read_text()
    assert text.count(old) == 1, f"the mistake does not apply to {path} any more"
    source, program = tmp / pathlib.Path(path).name, tmp / "sim"
    source.write_text(text.replace(old, new))
    sanitize = ["-fsanitize=address,undefined"] if build.name == "asan" else []
    coverage = ["--coverage"] if build.name == "coverage" else []
    subprocess.run([os.environ.get("CC", "gcc"), "-std=c11", "-O1", "-I.", "-Idaemon",
                    "-D_GNU_SOURCE", *sanitize, *coverage, "-o", program, source,
                    *sorted((build / "obj/tests/sim").glob("*.o")), build / "liblivedebug.a"],
                   cwd=root, check=True, timeout=120)
    return program


@pytest.mark.timeout(240)
@pytest.mark.parametrize("path, old, new", list(read_mistakes()))
def test_a_planted_mistake_is_noticed(root, build, tmp, path, old, new):
    program = build_with(pathlib.Path(root), pathlib.Path(build), pathlib.Path(tmp), path, old, new)
    run = simulate(program, "--seeds", MISTAKES, "--first", 1, "--stop", 1)
    print(run.stdout)
    assert run.returncode == 1, f"{MISTAKES} seeds did not notice" + run.stdout + run.stderr
    assert re.search(r"^seed [0-9]+: (rule|liveness)", run.stdout, re.M), run.stdout
