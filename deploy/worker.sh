#!/bin/sh
# A worker that takes part in a crawl every hour: what cron or a timer does elsewhere.
#   worker.sh scrapy crawl sina_finance -s CLUSTER_URL=… …
# HOURLY, AGAIN: seconds between two crawls, and after one that ended with storage trouble.
trap 'kill -TERM "$!" 2>/dev/null; wait "$!"; exit 0' TERM INT
[ $# -gt 0 ] || set -- scrapy crawl sina_finance
while :; do
    "$@" &
    wait "$!"
    case $? in
        0 | 1 | 2 | 4 | 75) pause=${HOURLY:-3600} ;;  # done; or it would be no better at once
        *) pause=${AGAIN:-10} ;;                      # 3: PostgreSQL or Redis was away; or killed
    esac
    sleep "$pause" &
    wait "$!"
done
