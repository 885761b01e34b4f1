"""Spiders: where links and pages come from."""
