"""How vendored data is made: fetch the pinned packages, read them, write each extract as the same bytes every time.

Only `unrolled data-check` comes here. Loading data never does.
"""
