"""Unrolled: a course on recurrent neural networks, with the library its lessons and labs use."""

__version__ = "0.1.0"
