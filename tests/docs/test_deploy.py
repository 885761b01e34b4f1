"""What lies under `deploy/`: systemd and Compose take it, and all that it names exists."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from newsarchive import settings
from newsarchive.exceptions import ExitCode
from tests import fork
from tests.conftest import ROOT
from tests.fork import PATIENCE
from tests.running import environment

DEPLOY = ROOT / "deploy"
UNITS = sorted(path.name for path in DEPLOY.iterdir() if path.suffix in (".service", ".timer"))
SERVICES = [name for name in UNITS if name.endswith(".service")]
PLACE = "/opt/newsarchive"
#: What a crawl may end with.
CODES = [int(code) for code in ExitCode if code is not ExitCode.INTERRUPTED]


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters="=", strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / name)
    return parser


def compose() -> dict[str, Any]:
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def commands() -> list[list[str]]:
    """Every `scrapy …` of these files, without the word."""
    lines = [shlex.split(unit(name)["Service"]["ExecStart"]) for name in SERVICES]
    lines += [service.get("command", []) for service in compose()["services"].values()]
    lines += [["scrapy", "crawl", "sina_finance"]]  # of worker.sh
    found = []
    for line in lines:
        words = [Path(word).name for word in line]
        if "scrapy" in words:
            found.append(line[words.index("scrapy") + 1 :])
    assert len(found) == 5
    return found


def test_commands_options_and_settings_exist() -> None:
    for name, *words in commands():
        assert (ROOT / "newsarchive/commands" / f"{name}.py").is_file()
        told = fork.run([name, "--help"], ROOT, environment(), PATIENCE).stdout.decode()
        for word in words:
            if word.startswith("-"):
                assert re.search(rf"{word}[, ]", told), (name, word)
            if setting := re.match(r"([A-Z_]+)=", word):
                assert hasattr(settings, setting[1]), setting[1]


def test_the_document_names_what_there_is() -> None:
    text = (ROOT / "docs/cluster.md").read_text("utf-8")
    lines = re.findall(r"^ {4,}scrapy (.+)$", text, re.M)
    assert len(lines) == 4
    for line in lines:
        name, *words = shlex.split(line)
        assert (ROOT / "newsarchive/commands" / f"{name}.py").is_file()
        named = {word.split("=")[0] for before, word in pairwise(words) if before == "-s"}
        assert named <= set(dir(settings)), line
    for name in re.findall(r"newsarchive-[a-z]+(?:@\d)?\.(?:timer|service)", text):
        assert re.sub(r"@\d", "@", name) in UNITS
    told = text.split("## How workers end")[1].split("## ")[0]
    codes = re.findall(r"^\| ([\d, ]+) \|", told, re.M)
    assert [int(code) for row in codes for code in row.split(",")] == CODES


def test_exit_codes_are_those_there_are() -> None:
    service = unit("newsarchive-worker@.service")["Service"]
    passed = {int(code) for code in service["SuccessExitStatus"].split()}
    left = {int(code) for code in service["RestartPreventExitStatus"].split()}
    assert service["Restart"] == "on-failure"
    # What is left is what another moment cures.
    assert {0, ExitCode.STORAGE} | passed | left == set(CODES)
    assert left == {ExitCode.USAGE, ExitCode.BLOCKED, ExitCode.LOCKED}
    script = (DEPLOY / "worker.sh").read_text()
    (waits,) = re.findall(r"^ +([\d |]+)\) pause=\$\{HOURLY", script, re.M)
    assert {int(code) for code in waits.split("|")} == {0} | passed | left


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_units(name: str, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here")
    program = tmp_path / ".venv/bin/scrapy"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = tmp_path / "units"
    units.mkdir()
    for each in UNITS:
        text = (DEPLOY / each).read_text("utf-8").replace(PLACE, str(tmp_path))
        (units / each).write_text(text.replace("User=newsarchive", "User=root"))
    told = subprocess.run(
        ["systemd-analyze", "verify", str(units / name.replace("@", "@1"))],
        capture_output=True,
        text=True,
    )
    assert (told.returncode, told.stderr) == (0, "")


def test_what_a_unit_writes_it_may_write() -> None:
    for name in SERVICES:
        service = unit(name)["Service"]
        (place,) = service["ReadWritePaths"].split()
        assert place in service["ExecStart"]
        assert service["ProtectSystem"] == "strict"
        assert service["WorkingDirectory"] == PLACE


def test_the_compose_file_is_whole() -> None:
    found = compose()
    for name, service in found["services"].items():
        assert {"build", "image"} & service.keys(), name
        assert set(service.get("depends_on", {})) <= set(found["services"])
        volumes = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert volumes <= set(found["volumes"])
        for port in service.get("ports", []):  # the site has no password
            assert port.startswith("127.0.0.1:"), name
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    assert set(re.findall(r"(?:@|redis://)(\w+)", text)) == {"postgres", "valkey"}
    assert (ROOT / found["x-newsarchive"]["build"]["dockerfile"]).is_file()


def test_compose_takes_it() -> None:
    if not shutil.which("docker"):
        pytest.skip("no docker here")
    line = ["docker", "compose"]
    if subprocess.run([*line, "version"], capture_output=True).returncode:
        pytest.skip("docker has no compose here")
    line += ["-f", str(DEPLOY / "compose.yaml"), "config", "--quiet"]
    done = subprocess.run(line, capture_output=True, text=True, env={"POSTGRES_PASSWORD": "x"})
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_image_is_made_of_exists() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    for line in re.findall(r"^COPY (.+) \S+$", text, re.M):
        assert all((ROOT / name).exists() for name in line.split())
    (extras,) = re.findall(r"'\.\[(.+)\]'", text)
    known = re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    assert set(extras.split(",")) <= set(known)


@pytest.mark.parametrize(("code", "again"), [(0, False), (1, False), (4, False), (3, True)])
def test_the_workers_loop(code: int, again: bool, tmp_path: Path) -> None:
    """Storage trouble is tried again at once, all else an hour later; told to end it ends."""
    log = tmp_path / "log"
    process = subprocess.Popen(
        [DEPLOY / "worker.sh", "sh", "-c", f"echo $$ >> {log}; exit {code}"],
        env={"PATH": "/usr/bin:/bin", "HOURLY": "60", "AGAIN": "0.1"},
    )
    try:
        end = time.monotonic() + (10 if again else 0.5)
        while time.monotonic() < end and (not log.exists() or log.read_text().count("\n") < 3):
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
    assert log.read_text().count("\n") == 1 or again


def test_a_worker_that_is_told_to_end_ends_its_crawl_first(tmp_path: Path) -> None:
    ends = f"trap 'echo > {tmp_path}/ended; kill $!; exit 0' TERM"
    crawl = f"{ends}; echo > {tmp_path}/begun; sleep 60 & wait"
    process = subprocess.Popen(
        [DEPLOY / "worker.sh", "sh", "-c", crawl], env={"PATH": "/usr/bin:/bin"}
    )
    try:
        while not (tmp_path / "begun").exists():
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
    assert (tmp_path / "ended").exists()
