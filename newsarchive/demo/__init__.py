"""A small Sina on loopback, with pages written for it (all of their texts are invented)."""

from newsarchive.demo.server import SmallSina

__all__ = ["SmallSina"]
