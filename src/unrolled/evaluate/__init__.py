"""Honest numbers: a result beside its baseline, over seeds, with a verdict that can fail."""

from unrolled.evaluate.intervals import block_bootstrap
from unrolled.evaluate.results import measured, summary

__all__ = ["block_bootstrap", "measured", "summary"]
