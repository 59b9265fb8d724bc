"""nt's symbols are fetched by a stand-in for symchk while the target runs, never at a prompt."""

import pytest

from support.scene import NAME, Scene

WANTED = "ntkrnlmp.pdb,0123ABCD456789ABCDEF0123456789AB2,1"
PATH = "SRV*c:\\websymbols*http://symbols.example/download"


@pytest.fixture
def scenes(root, build, tmp, seed):
    def make(does, offline=False, **keys):
        store, calls = tmp / "nt.pdb", tmp / "calls"
        if offline:
            store.touch()
        env = {"BENCH_KD_SYMBOLS": store, "BENCH_SYMCHK": does, "BENCH_SYMCHK_STORE": store,
               "BENCH_SYMCHK_CALLS": calls} | keys.pop("env", {})
        return Scene(root, build, tmp, seed=seed, speed=200, env=env, symbol_path=PATH,
                     symchk=root / "tests" / "bench" / "symchk.sh", **keys)
    return make


def runs(s):
    return (s.tmp / "calls").read_text().splitlines()


def test_fetched_while_the_target_runs(scenes):
    with scenes("ok") as s:
        begun = s.event("symbols", state="fetching")
        done = s.event("symbols", state="fetched")
        s.event("armed")
        assert runs(s) == [f"{WANTED} {PATH}"]
        begin, gone = s.events("halt_begin", owner="arming"), [r.seq for r in s.typed() if r.text.startswith("g")]
        assert len(begin) == 2 and begin[0].seq < gone[0] < begun.seq < done.seq < begin[1].seq
        assert f"Symbol search path is: {PATH.partition('*http')[0]}" in s.kd_log()  # kd itself downloads nothing
        assert s.daemon.status(NAME)["symbols"] == "there"
        s.check_typing()
        s.target.command("fault reboot 1s")
        s.event("armed", boot=2)
        assert len(runs(s)) == 1


def test_offline_store_has_them(scenes):
    """Nothing is fetched, and arming is one halt."""
    with scenes("offline", offline=True) as s:
        s.event("armed")
        assert len(s.events("halt_begin", owner="arming")) == 1 and not (s.tmp / "calls").exists()


def test_proxy_of_an_env_key(scenes):
    with scenes("proxy", env={"_NT_SYMBOL_PROXY": "proxy.example:8080"}) as s:
        s.event("armed")
        assert len(runs(s)) == 1


def test_no_network_is_given_up_after_three_tries(scenes):
    with scenes("offline") as s:
        s.event("alarm", what="no symbols")
        assert "no server could be reached" in s.event("partial").event["why"]
        assert len(runs(s)) == 3 and len(s.events("break")) == 1
        status = s.daemon.status(NAME)
        assert (status["state"], status["arm"], status["symbols"]) == ("running", "partial", "given up")
        assert s.state_is_running() and s.table() == []


def test_symchk_that_hangs_is_ended(scenes):
    with scenes("hang ok", symchk_max="200ms") as s:
        s.event("symbols", state="fetching", **{"try": 1})
        s.event("halt_end", owner="arming")  # it runs while symchk hangs
        s.event("symbols", state="fetching", **{"try": 2})
        s.event("armed")
        assert len(s.events("break")) == 2


def test_kd_that_does_not_find_what_was_fetched(scenes):
    with scenes("empty") as s:
        assert "kd does not find them" in s.event("partial").event["why"]
        assert len(runs(s)) == 3
        s.event("halt_end", owner="arming")
        assert s.state_is_running()


def test_a_stop_does_not_wait_for_symchk(scenes):
    with scenes("hang") as s:
        s.event("symbols", state="fetching")
        assert s.daemon.stop() == 0
        assert s.target.stop()["running"]
