"""The NumPy engine: the recurrent cells of the course, written by hand, at full speed.

Functions over arrays and dictionaries of parameters. `forward` returns what the cell gives and a cache; `backward`
takes the gradients that reach the outputs and the cache, and returns the gradients of inputs, states and parameters.

Notation: X (B, T, D) inputs, hs (B, T, H) states, rows are sequences; W, U, b as in Keras. float32 in gives float32 out,
float64 in gives float64 out. A mask (B, T) is True at real steps; a masked step leaves the state as it was.

Inside a cell, arrays are laid out (T, features, B): time first, so that a step is one block of memory, and the batch
last, so that each gate is one block too. What comes in and goes out is (B, T, features), as views where possible: the
states are a view of the cache, so do not change them in place before `backward`. Padding may hold any finite number.
"""
