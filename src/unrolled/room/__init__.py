"""The room a learner's code runs in: nothing in this package, and nothing it imports, knows an answer."""
