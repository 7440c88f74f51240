"""One look for every figure of the course: readable in light and dark, without colour, and by ear."""

from unrolled.figures.explorable import explorable
from unrolled.figures.style import COLOURS, use_course_style
from unrolled.figures.svg import show

__all__ = ["COLOURS", "explorable", "show", "use_course_style"]
