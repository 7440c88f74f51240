"""Unrolled: a course on recurrent neural networks, with the library its lessons and labs use."""

__version__ = "0.1.0"
# Of this version's release, as 2026-11-30; None until it is released.
__date__: str | None = None
