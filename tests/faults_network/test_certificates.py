"""Certificates that are not Sina's: nothing is asked of who shows one."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import trustme

from newsarchive.clock import UTC
from tests.faults_network.listed import PLAIN, archived_whole, list_with
from tests.running import Completed, Site, crawl, ledger

HOSTS = ("finance.sina.com.cn", "feed.mix.sina.com.cn")
OURS = trustme.CA()
YEAR = timedelta(days=365)


def crawl_shown(archive: Path, certificate: trustme.LeafCert) -> tuple[Completed, Site]:
    """A crawl that trusts only OURS, of a site that shows *certificate*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    trusted = archive.with_suffix(".pem")
    trusted.write_bytes(OURS.cert_pem.bytes())
    site = Site(list_with(PLAIN[:2]))
    site.tls = context
    options = ("-a", "channels=china", "-s", "DEMO_TLS=1", "-s", "RETRY_TIMES=1")
    with site:
        done = crawl(archive, site, *options, more={"SSL_CERT_FILE": str(trusted)})
    return done, site


def test_a_good_one_is_trusted(tmp_path: Path) -> None:
    """So that the others fail for what they are, and not for the way they are shown."""
    done, _ = crawl_shown(tmp_path / "archive", OURS.issue_cert(*HOSTS))
    assert (done.code, done.report["failed"]) == (0, {})
    archived_whole(tmp_path / "archive", PLAIN[:2])


@pytest.mark.parametrize(
    ("issue", "said"),
    [
        (lambda: trustme.CA().issue_cert(*HOSTS), "certificate verify failed"),
        (lambda: OURS.issue_cert("finance.sina.com", "*.example.org"), "VerificationError"),
        (lambda: OURS.issue_cert(*HOSTS, not_after=datetime.now(UTC) - YEAR), "verify failed"),
    ],
    ids=["of another authority", "of another name", "expired"],
)
def test_a_bad_one_is_not(tmp_path: Path, issue: Callable[[], trustme.LeafCert], said: str) -> None:
    archive = tmp_path / "archive"
    done, site = crawl_shown(archive, issue())
    assert done.code == 1
    (miss,) = done.report["misses"]
    assert miss["reason"] == "network"
    assert said in miss["detail"]
    assert site.requests == []
    assert site.connections == 2 * 2  # robots.txt and the list, each RETRY_TIMES=1 more
    assert ledger(archive, "SELECT * FROM link") == []
    assert "Traceback" not in done.err
