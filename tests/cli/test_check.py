"""livedebug check and pooltag: the real program, its output and exit codes."""
import json
import os
import subprocess

import pytest

GOOD = "[session a]\nport=COM1\nbaud_rate=19200\nlog_file=a.log\n"


@pytest.fixture
def run(build, tmp):
    def call(*args, env=None):
        return subprocess.run([build / "livedebug", *args], cwd=tmp, capture_output=True, text=True,
                              env={**os.environ, "XDG_CONFIG_HOME": str(tmp / "none"), **(env or {})},
                              timeout=20, check=False)
    return call


def test_one_line_a_session_with_its_halt(run, tmp):
    (tmp / "debug.ini").write_text(GOOD)
    done = run("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "a            COM1     19200 baud  halts about 2.88 s a hit (kb 20): at most 0.35 a second\n"


def test_all_errors_on_stderr_and_exit_2(run, tmp):
    (tmp / "x.ini").write_text(GOOD + "halt_max=5\nprot=x\n")
    done = run("check", "-c", "x.ini", "--set", "b.kd=x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "x.ini:5: error: halt_max = 5: the unit is missing (ms, s, m, h, d)",
        "x.ini:6: error: unknown key 'prot'; did you mean 'port'?",
        "--set b.kd: error: no session 'b'; there are: a"]


def test_no_profile_names_the_places(run, tmp):
    done = run("check", env={"XDG_CONFIG_HOME": str(tmp / "xdg")})
    assert done.returncode == 2
    assert f"{tmp}/xdg/livedebug/debug.ini, /etc/livedebug/debug.ini, ./debug.ini" in done.stderr
    assert "livedebug check --sample > debug.ini" in done.stderr


def test_the_platforms_place_goes_before_the_folder(run, tmp):
    (tmp / "debug.ini").write_text("nonsense\n")
    (tmp / "xdg/livedebug").mkdir(parents=True)
    (tmp / "xdg/livedebug/debug.ini").write_text(GOOD)
    assert run("check", env={"XDG_CONFIG_HOME": str(tmp / "xdg")}).returncode == 0
    assert run("check").returncode == 2


def test_the_sample_checks_and_dumps(run, tmp, root):
    sample = run("check", "--sample")
    assert sample.stdout == (root / "debug.ini.sample").read_text()
    (tmp / "debug.ini").write_text(sample.stdout)
    dump = run("check", "--dump")
    assert dump.returncode == 0
    (tmp / "dump.ini").write_text(dump.stdout)
    assert run("check", "-c", "dump.ini", "--dump").stdout == dump.stdout


def test_sessions_asked_for(run, tmp):
    (tmp / "debug.ini").write_text(GOOD + "[session b]\nport=COM2\nbaud_rate=300\nlog_file=b\n")
    one = run("check", "--json", "B")
    assert json.loads(one.stdout) == [{"name": "b", "port": "COM2", "baud_rate": 300, "halt_per_hit_s": 184.1}]
    assert "[session a]" not in run("check", "--dump", "b").stdout
    assert "bcdedit" in run("check", "b").stderr
    assert run("check", "c").returncode == 3


def test_usage(run):
    assert run("check", "--help").returncode == 0
    assert run("check", "--nonsense").returncode == 2
    assert run("pooltag").returncode == 2
    assert run("pooltag", "--help").returncode == 0


def test_pooltag_both_ways(run):
    tag, number = run("pooltag", "--json", "Ddk "), run("pooltag", "--json", "0x206b6444")
    assert tag.stdout == number.stdout and tag.stderr == ""
    sheet = json.loads(tag.stdout)
    assert (sheet["tag"], sheet["dword"], sheet["kd"]) == ("Ddk ", "0x206b6444", "ed nt!PoolHitTag ' kdD'")
    assert sheet["registry"][0].endswith("/v PoolTag /t REG_DWORD /d 0x206b6444 /f")
    assert sheet["gflags"][0] == 'gflags /r +spp "Ddk "'


def test_pooltag_warns_of_an_added_blank(run):
    done = run("pooltag", "Ddk")
    assert done.returncode == 0 and "'Ddk '" in done.stderr and "0x206b6444" in done.stdout
    assert run("pooltag", "abcde").returncode == 2
    assert run("pooltag", "a\tb").returncode == 2


def test_pooltag_takes_no_tag_into_a_literal_that_it_would_break(run):
    sheet = json.loads(run("pooltag", "--json", "a'b%").stdout)
    assert sheet["kd"] == "ed nt!PoolHitTag 0x25622761" and sheet["gflags"] == []


def test_a_bugcheck_recipe_that_loses_the_dump_is_told(run, tmp):
    (tmp / "debug.ini").write_text(GOOD + "on_bugcheck = analyze, reboot\n")
    done = run("check")
    assert done.returncode == 0 and "writes no crash dump" in done.stderr


def test_commands_that_poolhittag_leaves_out_are_told(run, tmp):
    (tmp / "debug.ini").write_text(GOOD + "arm_method = poolhittag\npool_tag = Ddk\narm = bp nt!x\n")
    done = run("check")
    assert done.returncode == 0 and "the commands of arm are not used" in done.stderr
