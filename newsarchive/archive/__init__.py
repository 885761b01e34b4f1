"""The durable store. Knows nothing of Scrapy."""
