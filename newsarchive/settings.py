"""Every setting, with its reason. What is not here is Scrapy's default."""

from typing import Any

from scrapy.settings import default_settings

from newsarchive import __version__

BOT_NAME = "newsarchive"
#: By name: `spiders/check.py` belongs to `scrapy channels --check`.
SPIDER_MODULES = [
    "newsarchive.spiders.sina_finance",
    "newsarchive.spiders.sina_live",
    "newsarchive.spiders.replay",
]
COMMANDS_MODULE = "newsarchive.commands"

# The archive

#: Where everything goes: posts, revisions, ledger, reports.
ARCHIVE_DIR = "output"
#: The ledger as a SQLAlchemy URL; empty: SQLite, ledger.db in ARCHIVE_DIR.
LEDGER_URL = ""
#: MB that stay free on the disk of ARCHIVE_DIR: with less a run stops, with exit code 3; 0: off.
DISK_FREE_MIN = 200
#: How many runs try a link that fails for a passing reason.
LINK_ATTEMPTS_MAX = 5
#: How many refusals (403, verification page) end a run with exit code 4.
BLOCKS_MAX = 3
#: Seconds after a block, before which no run asks the site, where no Retry-After says how long.
BLOCK_WAIT = 3600
#: Seconds. So long a run waits where the site asks for a pause (Retry-After); longer is a block.
RETRY_AFTER_MAX = 120
#: How many failures (no answer, error status) in a row end a run: the network is down, or Sina is.
#: 0: never.
FAILURES_MAX = 20
#: Rows that a list is asked for at once; 50 is the most that was seen to work.
LIST_PAGE_SIZE = 50
#: How many pages of a list the first run reads; later ones go back to where it had begun.
LIST_PAGES_MAX = 5
#: How many pages of a list a later run, or of a list or one of its days a range (`since=`), reads.
LIST_DEPTH_MAX = 400
#: Days without a new row after which a list is reported as stale; 0: never.
LIST_STALE_DAYS = 7
#: Ages of an article, in hours, at which it is asked for again: an hour, a day, a week, a month.
RECHECK_AGES = [1, 24, 168, 720]
#: The share of a run's requests that such re-checks may be.
RECHECK_SHARE = 0.5
#: How often in a row an article must be missing before it counts as gone.
GONE_SIGHTINGS = 3
#: Hours between two of these sightings, and after a re-check that failed.
GONE_INTERVAL = 24
#: `full`: the body as the seeds have it. `clean`: without promotion, QR codes, charts, editor line,
#: comments, styles and disclaimers.
POST_PROFILE = "full"
#: Every answer is kept as it came, in WARC files under `warc/`: what posts can be made of again.
WARC_ENABLED = True
#: MB after which a WARC file is closed and another one begun.
WARC_SIZE_MAX = 1000
#: The pictures of a body are stored, too, under `images/`, and the post names them there.
IMAGES_ENABLED = False
#: MB that a picture may have; at most 8.
IMAGES_SIZE_MAX = 5
#: How many pictures of an article are asked for.
IMAGES_COUNT_MAX = 50
#: A progress bar, where standard error is a terminal.
PROGRESS_ENABLED = True

# Several workers, one crawl (docs/cluster.md)

#: Redis or Valkey, as `redis://host:6379/0`: a crawl is one of several workers, which share it, a
#: PostgreSQL (LEDGER_URL), and the file system that ARCHIVE_DIR is on. Empty: it is alone.
CLUSTER_URL = ""
#: What the crawl is called; empty: as its spider.
CLUSTER_NAME = ""
#: Seconds that a worker may be silent, before others take up what it had in hand.
CLUSTER_LEASE = 60
#: Seconds that a worker waits for CLUSTER_URL where it is down; nobody is asked meanwhile.
CLUSTER_PATIENCE = 300

#: Pages are read and their bodies cleaned in a process beside the one that fetches and stores:
#: worth its memory where requests do not wait for each other. Not on Windows, and not in replays.
SECOND_PROCESS = False

# Politeness: we say who we are, obey robots.txt, and ask once a second.

USER_AGENT = f"newsarchive/{__version__} (news archiver; obeys robots.txt)"
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "newsarchive"
DOWNLOAD_DELAY = 1.0
CONCURRENT_REQUESTS_PER_DOMAIN = 1
#: Few: a site that refuses us, or a Ctrl-C, must not wait for what is already on its way.
CONCURRENT_REQUESTS = 4
RETRY_TIMES = 2
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # the miss that follows says it
#: Not 429: who says so is not asked again, unless a Retry-After tells when.
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524, 408]
REFERRER_POLICY = "no-referrer"  # one Referer for all, below
DEFAULT_REQUEST_HEADERS = {
    "Referer": "https://finance.sina.com.cn/",  # without one of Sina's the list API answered 403
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9",
    "Accept-Encoding": "gzip, deflate, br, zstd",
}

# Safety: a live crawl speaks http and https, checks addresses and certificates, and stays small.

DOWNLOAD_HANDLERS: dict[str, Any] = {
    "http": "newsarchive.download.Handler",  # Scrapy's, with a bound for the head
    "https": "newsarchive.download.Handler",
    **dict.fromkeys(("data", "file", "ftp", "s3")),
}
#: Connects to public addresses only, whatever a name leads to; the demo has one of its own.
TWISTED_DNS_RESOLVER = "newsarchive.addresses.PublicResolver"
HTTPPROXY_ENABLED = False  # a proxy connects in our place: to whatever address it likes
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024  # bytes, as they come; the largest real page has 0.3 MB
DOWNLOAD_WARNSIZE = 2 * 1024 * 1024
DOWNLOAD_TIMEOUT = 30  # seconds
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False  # the missing page refreshes to the home page
COOKIES_ENABLED = False  # no article needs one, and tldextract would call out for them
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

DOWNLOADER_MIDDLEWARES = {
    # Next to the wire: records what came, as it came.
    "newsarchive.middlewares.record.RecordMiddleware": 990,
    # An answer is unpacked where it is read, as in a replay (`archive/http_payload.py`); Scrapy's
    # would guess at the characters of compressed bytes.
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    # Before what would read the answer, or make its request again at once.
    "newsarchive.middlewares.retry_after.RetryAfterMiddleware": 610,
    # Ours stays on Sina, and tells where it does not.
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "newsarchive.middlewares.redirect.SinaRedirectMiddleware": 600,
    # Ours obeys it also where several requests wait for it.
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "newsarchive.middlewares.robots.RobotsMiddleware": 100,
    # No setting of ours asks for it.
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
}
#: Without the one that is off, as EXTENSIONS_BASE below: its module takes 0.1 s to import.
DOWNLOADER_MIDDLEWARES_BASE = {
    name: order
    for name, order in default_settings.DOWNLOADER_MIDDLEWARES_BASE.items()
    if name != "scrapy.downloadermiddlewares.cookies.CookiesMiddleware"
}
SPIDER_MIDDLEWARES = {
    # Each is a generator around every page, for what this crawl does not have: a depth (lists lead
    # to pages, and pages nowhere), addresses of any length, and meta that is copied from answers.
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
}
#: So many tasks are made for each answer, whatever it holds: a page has one item.
CONCURRENT_ITEMS = 8

# The way of an article

ITEM_PIPELINES = {
    "newsarchive.pipelines.validate.ValidatePipeline": 100,
    "newsarchive.pipelines.body.BodyPipeline": 200,
    "newsarchive.pipelines.describe.DescribePipeline": 300,
    "newsarchive.pipelines.images.ImagesPipeline": 400,  # with IMAGES_ENABLED
    "newsarchive.pipelines.store.StorePipeline": 900,
}
EXTENSIONS = {
    "newsarchive.extensions.run.Run": 0,
    "newsarchive.extensions.worker.Worker": 1,  # where there are several
    "newsarchive.extensions.turns.Turns": 2,  # with CLUSTER_URL
    "newsarchive.extensions.disk_guard.DiskGuard": 5,
    "newsarchive.extensions.closing.CloseAfterLastItem": 10,
    "newsarchive.extensions.closing.DropWaiting": 10,
    "newsarchive.extensions.progress.Progress": 500,
    "scrapy.extensions.logstats.LogStats": None,  # the run's summary and report say it
}
#: Without the one that is off: to be asked whether it is, it would be imported, which takes 0.2 s.
EXTENSIONS_BASE = {
    name: order
    for name, order in default_settings.EXTENSIONS_BASE.items()
    if name != "scrapy.extensions.remote_control.RemoteControl"
}
#: The ledger knows each document once; a second memory of URLs would only grow.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
WARN_ON_GENERATOR_RETURN_VALUE = False  # a check for beginners; 11 % of a crawl's CPU

# Telling

#: What went wrong, nothing else: cron stays quiet. `-L INFO` tells more.
LOG_LEVEL = "WARNING"
LOG_FORMATTER = "newsarchive.log.OneLine"
STATS_DUMP = False  # the report under reports/ has what matters
