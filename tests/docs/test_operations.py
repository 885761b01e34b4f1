"""The cron lines and systemd units of the documents run with what cron and systemd give them."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from newsarchive.demo import SmallSina
from tests.conftest import ROOT
from tests.fork import PATIENCE
from tests.running import DOCUMENTS, posts

PLACE = "/path/to/newsarchive"
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")
READMES = [(ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md")]
_CRON = re.compile(r"^    ((?:[\d*/,-]+\s+){5})(cd .*)$", re.M)
#: As cron gives it (crontab(5)).
CRON = ["env", "-i", "HOME=/", "LOGNAME=nobody", "SHELL=/bin/sh", "PATH=/usr/bin:/bin", "/bin/sh"]

SETTINGS = """\
from newsarchive.settings import *
from newsarchive.demo.handler import LOOPBACK
globals().update(LOOPBACK)
DEMO_PORT = {port}
DOWNLOAD_DELAY = LIST_STALE_DAYS = 0
"""


def unit(name: str) -> configparser.ConfigParser:
    """A systemd unit of the documents."""
    block = re.search(
        rf"`/etc/systemd/system/{re.escape(name)}`:\n\n((?:    .*\n|\n)+)", OPERATIONS
    )
    assert block, name
    parser = configparser.ConfigParser(interpolation=None, delimiters="=", strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(re.sub(r"^    ", "", block[1], flags=re.M))
    return parser


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder as a user has it, but for where the site is."""
    folder = tmp_path / "newsarchive"
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / "output").mkdir()
    (folder / "newsarchive").symlink_to(ROOT / "newsarchive")
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = here\n")
    script = folder / ".venv/bin/scrapy"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scrapy "$@"\n')
    script.chmod(0o755)
    return folder


def run(line: str, folder: Path, site: SmallSina) -> subprocess.CompletedProcess[bytes]:
    (folder / "here.py").write_text(SETTINGS.format(port=site.port))
    command = line.replace(PLACE, str(folder))
    return subprocess.run([*CRON, "-c", command], capture_output=True, timeout=PATIENCE, cwd="/")


def test_the_cron_lines_are_the_same_everywhere_and_valid() -> None:
    lines = _CRON.findall(OPERATIONS)
    assert [_CRON.findall(readme) for readme in READMES] == [lines, lines]
    assert len(lines) == 4
    for times, _ in lines:
        assert len(times.split()) == 5


def test_cron_lines_run_with_what_cron_gives(checkout: Path) -> None:
    finance, live, feed, verify = (line for _, line in _CRON.findall(OPERATIONS))
    with SmallSina(slow=0.1) as site:
        lines = (finance, live, feed, verify)
        codes = [run(line, checkout, site).returncode for line in lines]
    log = (checkout / "output/cron.log").read_text("utf-8")
    assert codes == [1, 0, 0, 0], log  # the small Sina has one article without a body
    assert "Traceback" not in log
    assert log.count("Report: reports/") == 2
    assert "0 damaged, 0 loose ends" in log
    assert (checkout / "output/feeds/live.atom").is_file()
    assert len(posts(checkout / "output")) > len(DOCUMENTS)  # and the flashes


def test_the_service_runs_what_it_says_with_nothing_but_what_it_gets(checkout: Path) -> None:
    service = unit("newsarchive.service")["Service"]
    assert service["WorkingDirectory"] == PLACE
    assert set(service["SuccessExitStatus"].split()) == {"1", "75"}
    with SmallSina(slow=0.1) as site:
        done = run(f"cd {PLACE} && {service['ExecStart']} -a limit=3", checkout, site)
    assert done.returncode in (0, int(service["SuccessExitStatus"].split()[0])), done.stderr
    assert posts(checkout / "output")


@pytest.mark.parametrize("name", ["newsarchive.service", "newsarchive.timer"])
def test_systemd_takes_the_units(name: str, tmp_path: Path, checkout: Path) -> None:
    units = tmp_path / "units"
    units.mkdir()
    for each in ("newsarchive.service", "newsarchive.timer"):
        parsed = unit(each)
        assert "Install" in parsed
        with (units / each).open("w") as file:
            parsed.write(file, space_around_delimiters=False)
        text = (units / each).read_text().replace(PLACE, str(checkout))
        (units / each).write_text(text.replace("User=newsarchive", "User=root"))
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here")
    told = subprocess.run(
        ["systemd-analyze", "verify", str(units / name)], capture_output=True, text=True
    )
    assert (told.returncode, told.stderr) == (0, "")
