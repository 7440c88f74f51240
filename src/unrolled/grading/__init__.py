"""Grade a lab: the master's cells, the learner's answers, nbval as the engine."""
