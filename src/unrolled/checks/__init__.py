"""Checks that answer a learner: what is right, what is wrong, and the likely mistake.

`framework.py` says how a check is written and run, `compare.py` how an answer is told from a wrong one, `lab_NN.py`
holds the checks of one lab.
"""
