"""What Sina's answers say: bytes in, values out; no I/O, no Scrapy."""
