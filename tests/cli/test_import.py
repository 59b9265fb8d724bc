"""livedebug import: batch files in, profiles and remarks out."""
import os
import subprocess

import pytest

RECIPE = ("@echo off\r\ncd\\debug\r\nSET _NT_DEBUG_PORT=COM1\r\nSET _NT_DEBUG_BAUD_RATE=19200\r\n"
          "SET _NT_DEBUG_LOG_FILE_OPEN=c:\\debug\\debug.log\r\n"
          "SET _NT_SYMBOL_PATH=SRV*c:\\websymbols*http://msdl.microsoft.com/download/symbols\r\n"
          "kd -server npipe:pipe=livedebug\r\n")


@pytest.fixture
def run(build, tmp):
    def call(text, *args, name="debug.bat"):
        (tmp / name).write_bytes(text.encode("latin-1"))
        return subprocess.run([build / "livedebug", "import", *args, name], cwd=tmp, capture_output=True,
                              text=True, errors="replace", timeout=20, check=False)
    return call


def keys(done):
    """{section: {key: value}} of the profile on stdout; `arm` is a list."""
    sections = {}
    for line in done.stdout.splitlines():
        if line.startswith("["):
            here = sections.setdefault(line, {})
        elif line.startswith("\t"):
            here["arm"].append(line[1:])
        elif line:
            key, _, value = line.partition(" = ")
            here[key] = [value] if key == "arm" else value
    return sections


def test_the_recipe(run, build, tmp):
    done = run(RECIPE)
    assert done.returncode == 0
    assert keys(done) == {"[session debug]": {
        "work_dir": "\\debug", "port": "COM1", "baud_rate": "19200", "log_file": "c:\\debug\\debug.log",
        "log_mode": "open", "server": "npipe:pipe=livedebug",
        "symbol_path": "SRV*c:\\websymbols*http://msdl.microsoft.com/download/symbols"}}
    assert done.stderr.splitlines() == [
        "debug.bat:2: cd \\debug: the file names no drive; put it before work_dir",
        "debug.bat:7: the log was overwritten at each start; livedebug moves the old one aside and appends"]
    (tmp / "new.ini").write_text(done.stdout)
    check = subprocess.run([build / "livedebug", "check", "-c", "new.ini"], cwd=tmp, capture_output=True, check=False)
    assert check.returncode == 0


def test_options_of_kd(run):
    done = run('C:\ncd \\logs\nset DIR=C:\\Program Files\\kits\n'
               'start "a title" /min "%DIR%\\KD.EXE" -server npipe:pipe=a,hidden -k com:port=\\\\.\\COM12,baud=115200 '
               '-y srv*c:\\sym -loga a.log -c "bp nt!X \\";kb;g\\"; bl; g" -n -t 3 -noshell -i "d:\\my images"\n')
    assert (done.returncode, done.stderr) == (0, "")
    assert keys(done)["[session debug]"] == {
        "kd": "C:\\Program Files\\kits\\KD.EXE", "work_dir": "C:\\logs", "server": "npipe:pipe=a",
        "server_options": "hidden", "port": "\\\\.\\COM12", "baud_rate": "115200", "symbol_path": "srv*c:\\sym",
        "log_file": "C:\\logs\\a.log", "log_mode": "append", "noshell": "yes", "kd_args": "-n -t 3",
        "env._NT_EXECUTABLE_IMAGE_PATH": "d:\\my images", "arm": ['bp nt!X ";kb;g"', "bl"]}


@pytest.mark.parametrize("option, word", [
    ("-b", "arm_at"), ("-bonc", "arm_at"), ("-d", "arm_at"), ("-x", "arm_at"), ("-kl", "local"), ("-k net:port=1,key=a", "serial"),
    ("-k com:pipe,port=x", "serial"), ("-cf x.txt", "arm"), ("-cfr x.txt", "arm"), ("-noio", "standard input"),
    ("-secure", "symbol store"), ("-m", "modem"), ("-remote npipe:server=a,pipe=b", "client"), ("-z a.dmp", "dump"),
    ("-foo", "kd_args"), ("-logou x", "Unicode"), ("> out.txt", "output"), ("stray", "no option"), ("-y", "nothing")])
def test_what_cannot_be_carried_over_is_told_with_its_line(run, option, word):
    done = run("set _NT_DEBUG_PORT=com1\nset _NT_DEBUG_BAUD_RATE=9600\nset _NT_DEBUG_LOG_FILE_APPEND=c:\\a\n"
               f"kd {option}\n")
    told = [line for line in done.stderr.splitlines() if line.startswith("debug.bat:4: ")]
    assert told and any(word in line for line in told), done.stderr
    assert "[session debug]" in done.stdout


def test_a_password_is_not_copied(run):
    done = run("kd -server npipe:pipe=a,password=Sesame\n")
    assert "Sesame" not in done.stdout + done.stderr
    assert "name that with password_file" in done.stderr


def test_what_kd_would_have_assumed_is_written_and_told(run):
    done = run("cd /d d:\\x\nkd\n")
    assert keys(done)["[session debug]"] == {"work_dir": "d:\\x", "port": "COM1", "baud_rate": "19200",
                                             "log_file": "d:\\x\\debug.log", "log_mode": "append"}
    assert done.stderr.count("debug.bat:2: no ") == 3


def test_two_starts_are_two_sessions_each_with_its_variables(run):
    done = run("set _NT_DEBUG_BAUD_RATE=9600\nset _NT_DEBUG_LOG_FILE_APPEND=c:\\1\nset _NT_DEBUG_PORT=COM1\nstart kd\n"
               "set _NT_DEBUG_PORT=COM2&set _NT_DEBUG_LOG_FILE_APPEND=c:\\2\nkd ^\r\n  -v\n", "--name", "rack")
    assert done.returncode == 0
    assert [(name, s["port"], s["log_file"]) for name, s in keys(done).items()] == [
        ("[session rack]", "COM1", "c:\\1"), ("[session rack-2]", "COM2", "c:\\2")]


def test_comments_and_unknown_lines(run):
    done = run("rem %A% kd\n:: kd\n:label\n@REM x & kd\necho kd\ndel /q %B%\\x\ncopy \x1b[31m y\nkd\n")
    assert done.stdout.count("[session") == 1
    assert "%A%" not in done.stderr
    assert "debug.bat:6: %B%: not set in this file; put its value in its place" in done.stderr
    assert "debug.bat:7: copy \\x1b[31m y: not carried over" in done.stderr


def test_a_profile_that_does_not_load_says_what_it_needs(run):
    done = run("kd -k com:port=com1,baud=none\n")
    assert done.returncode == 1
    assert "baud_rate = none" in done.stderr and "the profile needs these before it runs" in done.stderr


def test_an_old_profile_is_not_written_over(run, tmp):
    (tmp / "debug.ini").write_text("mine\n")
    done = run(RECIPE, "-o", "debug.ini")
    assert done.returncode == 1 and "name a new file" in done.stderr
    assert (tmp / "debug.ini").read_text() == "mine\n"
    assert run(RECIPE, "-o", "new.ini").returncode == 0
    assert (tmp / "new.ini").read_text().startswith("[session debug]\n")


@pytest.mark.parametrize("args, code, word", [((), 2, "which batch file"), (("a", "b"), 2, "one file"),
                                              (("none.bat",), 1, "none.bat: No such file"),
                                              (("--name", "con", "x.bat"), 2, "con"), (("--nome", "x"), 2, "--help")])
def test_usage(build, tmp, args, code, word):
    done = subprocess.run([build / "livedebug", "import", *args], cwd=tmp, capture_output=True, text=True, check=False)
    assert done.returncode == code and word in done.stderr


def test_no_kd_in_it(run):
    done = run("echo hello\n", name="My batch (1).bat")
    assert (done.returncode, done.stdout) == (1, "")
    assert "My batch (1).bat: no line starts kd" in done.stderr


def test_the_name_of_the_file_is_made_a_session_name(run):
    assert "[session My-batch--1-]" in run("kd\n", name="My batch (1).bat").stdout
    assert "[session server]" in run("kd\n", name="con.bat").stdout
