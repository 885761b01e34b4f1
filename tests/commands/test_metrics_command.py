"""`scrapy metrics`: what Prometheus reads of it, and what is never in it."""

from __future__ import annotations

import re
import shutil
import sys
from contextlib import closing
from pathlib import Path

import pytest

from newsarchive.archive.health import METRICS_NEED
from newsarchive.archive.ledger import Ledger
from newsarchive.archive.report import Report
from tests.archive.small import FAILED, KILLED, T0, TODO, a_link, opened, sql
from tests.archive.workers import ALIVE, CRAWL, ENDED, SILENT, share
from tests.commands.archives import command
from tests.conftest import ROOT
from tests.running import Completed

parser = pytest.importorskip("prometheus_client.parser", reason="no prometheus-client here")

Samples = dict[tuple[str, ...], float]


def samples(text: str) -> Samples:
    """By name and the labels' values, in the order of their names; by Prometheus' own reader."""
    found = {}
    for family in parser.text_string_to_metric_families(text):
        for sample in family.samples:
            labels = [value for _, value in sorted(sample.labels.items())]
            key = (sample.name.removeprefix("newsarchive_"), *labels)
            found[key] = sample.value
    return found


def metrics(archive: Path, *args: str) -> Completed:
    return command("metrics", *args, archive=archive)


def test_the_archive_in_numbers(small: Path) -> None:
    done = metrics(small)
    assert (done.code, done.err) == (0, "")
    told = samples(done.out)
    assert told["articles",] == 5
    assert {key[1]: value for key, value in told.items() if key[0] == "links"} == {
        "done": 4,
        "todo": 1,
        "skipped": 1,
        "failed": 1,
    }
    assert told["rechecks_due",] == 1
    assert told["wait_seconds",] == 0
    assert told["attention",] == 2
    assert told["warc_bytes",] == sum(path.stat().st_size for path in small.glob("warc/*"))
    assert told["disk_free_bytes",] == pytest.approx(shutil.disk_usage(small).free, rel=0.1)
    assert told["list_newest_timestamp_seconds", "china"] == T0.timestamp()
    assert ("list_newest_timestamp_seconds", "macro") not in told  # it was empty


def test_the_last_run_of_each_spider(small: Path) -> None:
    told = samples(metrics(small).out)
    assert told["last_run_exit_code", "sina_live"] == 0
    assert told["last_run_archived", "new", "sina_finance"] == 1
    assert told["last_run_requests", "sina_live"] == 0
    succeeded = told["last_success_timestamp_seconds", "sina_live"]
    assert succeeded == T0.timestamp() + 2.5 * 3600
    sql(small, "UPDATE run SET exit_code = 4 WHERE spider = 'sina_live'")
    told = samples(metrics(small).out)
    assert told["last_run_exit_code", "sina_live"] == 4
    assert ("last_success_timestamp_seconds", "sina_live") not in told


def test_a_run_whose_report_is_lost(small: Path) -> None:
    for path in (small / "reports").iterdir():
        path.unlink()
    told = samples(metrics(small).out)
    assert told["last_run_exit_code", "sina_live"] == 0
    assert ("last_run_requests", "sina_live") not in told


def test_no_label_leads_to_an_article(small: Path) -> None:
    with opened(small) as store:
        report = Report(T0, "sina_live")
        store.ledger.begin_run(report.name, "sina_live", T0)
    text = metrics(small).out
    assert not re.search(r"https?:|题目|kqtest|/", re.sub(r"^#.*$", "", text, flags=re.M))
    assert KILLED not in text


def test_the_metrics_are_those_of_the_documents(small: Path) -> None:
    from newsarchive.archive import health, metrics

    with opened(small) as store:
        families = list(metrics._Archive(store, health.look(store)).collect())
    rows = []
    for family in families:
        labels = ",".join(family._labelnames)  # type: ignore[attr-defined]
        name = family.name + "_total" * (family.type == "counter")
        rows.append((name + f"{{{labels}}}" * bool(labels), family.documentation))
    text = (ROOT / "docs/operations.md").read_text("utf-8")
    assert re.findall(r"^\| `(newsarchive_\S+)` \| (.+) \|$", text, re.M) == rows
    known = {name.split("{")[0] for name, _ in rows}
    for document in (ROOT / "docs").glob("*.md"):
        assert set(re.findall(r"newsarchive_[a-z_]+", document.read_text("utf-8"))) <= known


def test_a_file_is_there_whole_or_not_at_all(small: Path, tmp_path: Path) -> None:
    target = tmp_path / "newsarchive.prom"
    done = metrics(small, "-o", str(target))
    assert (done.code, done.out, done.err) == (0, "", "")
    whole = samples(target.read_text())
    assert whole.keys() == samples(metrics(small).out).keys()
    with opened(small) as store:
        store.ledger.close()
    (small / "ledger.db").write_bytes(b"no database" * 99)
    assert metrics(small, "-o", str(target)).code == 3
    assert samples(target.read_text()) == whole
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [target.name]


def test_what_is_not_installed_is_said(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "newsarchive.archive.metrics", raising=False)
    monkeypatch.delattr("newsarchive.archive.metrics", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    done = metrics(small)
    assert (done.code, done.out, done.err) == (2, "", f"newsarchive: {METRICS_NEED}\n")


def test_workers_alive_and_dead(small: Path, empty: str) -> None:
    with closing(Ledger(empty)) as ledger:
        ledger.add_links([a_link(TODO), a_link(FAILED)], T0)
    share(empty)
    told = samples(metrics(small, "-s", f"LEDGER_URL={empty}").out)
    states = {key[2]: value for key, value in told.items() if key[0] == "workers"}
    assert states == {"alive": 1, "silent": 1, "ended": 1}
    assert told["crawl_running", CRAWL] == 1
    assert told["leases", "page"] == 2
    assert told["requests_total", ALIVE] == 7
    assert told["answers_total", CRAWL, "200"] == 12
    assert told["archived_total", CRAWL, "new"] == 11
    assert told["failed_total", CRAWL, "no_body"] == 1
    assert told["retries_total", CRAWL] == 3
    assert told["received_bytes_total", CRAWL] == 3_000
    assert 100 < told["worker_beat_age_seconds", SILENT] < 200
    assert told["worker_beat_age_seconds", ALIVE] < 60
    assert ("worker_beat_age_seconds", ENDED) not in told
