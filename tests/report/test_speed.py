"""CI's share of `make bench-report`: 64 MiB, at least eight times as fast as Perl; one thread, processor time."""
import sys

import pytest


@pytest.mark.timeout(120)
@pytest.mark.parametrize("machine, unique", [("x86", 400), ("x64", 5000)])
def test_faster_than_perl_and_the_same(build, root, tmp, machine, unique):
    sys.path.insert(0, str(root / "tests/bench/report"))
    import measure
    slow = build.name in ("asan", "coverage")  # says nothing of the speed of what is shipped
    measure.make_log(build, tmp / "log", machine, unique, 4 if slow else 64)
    outputs, best = measure.in_turns(1, ["perl", measure.PERL, tmp / "log"])
    ours, (mine,) = measure.in_turns(3, measure.report(build, tmp / "log", 1))
    assert ours == outputs
    assert slow or best[0][0] / mine[0] >= 8
