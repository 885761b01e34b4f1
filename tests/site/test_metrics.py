"""`/metrics` of `scrapy serve`."""

from __future__ import annotations

import sys

import pytest
from flask.testing import FlaskClient

from newsarchive.archive.health import METRICS_NEED

parser = pytest.importorskip("prometheus_client.parser", reason="no prometheus-client here")


def test_the_archive_in_numbers(client: FlaskClient) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = {
        sample.name: sample.value
        for family in parser.text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert samples["newsarchive_articles"] == 5


def test_what_is_not_installed_is_said(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "newsarchive.archive.metrics", raising=False)
    monkeypatch.delattr("newsarchive.archive.metrics", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    answer = client.get("/metrics")
    assert (answer.status_code, answer.text) == (501, f"{METRICS_NEED}\n")
