"""Grade a lab: the master's cells, the learner's answers, nbval as the engine."""

import sys

# nbformat checks notebooks with jsonschema, which compiles a grammar of internet addresses when it finds this package: a
# second of every start, for a format that no notebook uses. Without the package jsonschema leaves that format out.
sys.modules.setdefault("rfc3987_syntax", None)
