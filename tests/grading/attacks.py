"""The attack corpus: what somebody may hand in to get points for nothing, to read the answers, or to stop the grader.

Each attack on the running code is the source of exercise 1 of lab 02, most with the untouched stub at its end; beside it
stands a right answer to exercise 2. Each attack on the file changes a notebook whose exercise 1 is right and whose exercise 2 is the
untouched stub. What each is expected to earn stands with it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from unrolled.grading.result import CRASHED, FAILED, MALFORMED, MEMORY, MISSING, PARTIAL, PASSED, TIMEOUT

RIGHT = {
    1: "def rnn_step(x, h, params):\n    return np.tanh(x @ params['W'] + h @ params['U'] + params['b'])\n",
    2: """def rnn_forward(X, params, h0=None):
    H, h = [], np.zeros((len(X), len(params["b"]))) if h0 is None else h0
    for t in range(X.shape[1]):
        h = rnn_step(X[:, t], h, params)
        H.append(h)
    return np.stack(H, axis=1)
""",
}
STUB = "\n\ndef rnn_step(x, h, params):\n    raise NotImplementedError('Exercise 1: write your code here')\n"
MIME = "application/vnd.unrolled.answer+json"


@dataclass(frozen=True)
class Attack:
    """One attack by code.

    Attributes:
        name: of the test.
        what: it does.
        source: of exercise 1's cell.
        status: what becomes of exercise 1; exercise 2 passes in any case.
        points: of exercise 1.
        hint: words that the learner is told.
    """

    name: str
    what: str
    source: str
    status: str = FAILED
    points: float = 0
    hint: str = ""


@dataclass(frozen=True)
class FileAttack:
    """One attack by the file.

    Attributes:
        name: of the test.
        what: it does.
        make: the bytes handed in, from a notebook with exercise 1 right, exercise 2 a stub, and no others.
        points, statuses: of the four exercises.
        note: words that the grade notes.
        suspicious: words that a teacher is told.
        file: the file's name.
    """

    name: str
    what: str
    make: Callable[[dict], bytes]
    points: tuple[float, ...] = (3, 0, 0, 0)
    statuses: tuple[str, ...] = (PASSED, FAILED, MISSING, MISSING)
    note: str = ""
    suspicious: str = ""
    file: str = "02_forward.ipynb"


def stub(name: str, what: str, source: str, **kwargs: object) -> Attack:
    """An attack beside the untouched stub."""
    return Attack(name, what, f"{source}{STUB}", **({"hint": "still to be written"} | kwargs))


def report(name: str, what: str, source: str, hint: str) -> Attack:
    """An attack that tries things and appends what it got to `got`; the stub tells, where the learner is told."""
    return Attack(
        name,
        what,
        f"import os, sys\ngot = []\n{source}\ndef rnn_step(x, h, params):\n    raise ValueError(f'got {{got}}')\n",
        hint=hint,
    )


def answer(name: str, what: str, plain: str, hint: str = "gave no answer: what it sent cannot be read") -> Attack:
    """An attack that answers the judge's call itself, with the value of the expression `plain`."""
    return Attack(
        name,
        what,
        f"import unrolled.room.ask\nunrolled.room.ask.reply = lambda *_: {plain}\n{STUB}",
        hint=hint,
    )


def message(name: str, what: str, send: str, status: str = CRASHED, hint: str = "sent what is no message") -> Attack:
    """An attack that sends messages of its own while it is called; `raw` sends parts, `say` a message."""
    return Attack(
        name,
        what,
        """import itertools, json, time
count = itertools.count()
kernel = get_ipython().kernel
session, socket = kernel.session, kernel.iopub_thread.socket
def raw(*parts):
    kernel.iopub_socket.send_multipart([b'x', b'<IDS|MSG>', *parts])
def dumps(value):
    return value if isinstance(value, bytes) else json.dumps(value, default=str).encode()
def say(kind, content, header=None, parent=None, metadata={}):
    if header is None:
        header = {'msg_id': str(next(count)), 'msg_type': kind, 'username': '', 'session': '', 'version': '5.3'}
    parts = [dumps(part) for part in (header, kernel.get_parent() if parent is None else parent, metadata, content)]
    raw(session.sign(parts), *parts)
"""
        + f"def rnn_step(x, h, params):\n    {send}\n    time.sleep(0.3); return h\n",
        status,
        hint=hint,
    )


def edit(change: Callable[[dict], object]) -> Callable[[dict], bytes]:
    """A file whose notebook was changed."""

    def make(notebook: dict) -> bytes:
        change(notebook)
        return json.dumps(notebook).encode()

    return make


def cell(notebook: dict, name: str) -> dict:
    """The cell with this id."""
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


CHECK, ANSWER = "exercise-1-check", "exercise-1-answer"
CLAIM = """\
claim = {'lab': '02', 'exercise': 1, 'hidden': False}
claim['checks'] = [{'name': n, 'points': 3, 'right': True, 'hint': ''} for n in 'ab']
"""

# Making the judge believe something.
FORGERIES = [
    stub(
        "reply removed",
        "replaces the function that answers by one that does nothing",
        """\
import unrolled.room.ask
unrolled.room.ask.reply = lambda *_: None""",
        hint="gave no answer",
    ),
    stub(
        "call replaced",
        "answers each call with what it was given",
        """\
import unrolled.room.ask
unrolled.room.ask.call = lambda request, answers: request.args[1]""",
        hint="h_t",
    ),
    stub(
        "pack replaced",
        "packs everything as True",
        """\
import unrolled.room.ask as a
a.pack = lambda value: True
a.call = lambda *_: 0""",
        hint="h_t",
    ),
    stub(
        "display replaced",
        "swallows all that is displayed",
        """\
import IPython.display
IPython.display.display = lambda *a, **k: None""",
    ),
    stub(
        "send replaced",
        "sends nothing any more",
        "get_ipython().kernel.session.send = lambda *a, **k: None",
        status=TIMEOUT,
        hint="time limit",
    ),
    stub(
        "key changed",
        "signs its messages with another key",
        "get_ipython().kernel.session.key = b'other'",
        status=CRASHED,
        hint="sent what is no message",
    ),
    stub(
        "module replaced",
        "puts a module of its own where the judge's request is imported from",
        """\
import sys, types
fake = types.ModuleType('fake')
fake.room = fake.ask = fake
fake.reply = lambda *_: display({'verdict': True})
sys.modules['unrolled.room.ask'] = sys.modules['unrolled'] = fake""",
    ),
    stub(
        "import replaced",
        "replaces __import__ and globals in its namespace",
        """\
globals = dict
def __import__(*a, **k): return __import__
__import__.room = __import__.ask = __import__
__import__.reply = lambda *_: True""",
    ),
    stub(
        "builtins replaced",
        "replaces builtins that a check could use",
        """\
import builtins
builtins.callable = lambda _: True
builtins.all = builtins.any = lambda _: True
builtins.abs = lambda _: 0""",
    ),
    stub(
        "comparison replaced",
        "makes NumPy find everything equal",
        """\
np.allclose = np.array_equal = lambda *a, **k: True
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None""",
    ),
    stub(
        "copy replaced",
        "takes away what copies the arguments",
        "import copy\ncopy.deepcopy = None",
        hint="gave no answer",
    ),
    stub(
        "shell replaced",
        "replaces what runs cells and shows errors",
        """\
import ast
shell = get_ipython()
class Silent(ast.NodeTransformer):
    def visit_Raise(self, node): return ast.Pass()
shell.ast_transformers.append(Silent())
shell.showtraceback = shell.showsyntaxerror = lambda *a, **k: None""",
        hint="rnn_step",
    ),
    stub(
        "run_cell replaced",
        "every cell is reported as a success",
        """\
async def fine(*a, **k):
    from IPython.core.interactiveshell import ExecutionResult
    return ExecutionResult(None)
get_ipython().run_cell_async = fine""",
    ),
    stub(
        "verdict displayed",
        "displays the record that a check cell displays",
        CLAIM
        + """\
from IPython.display import display
display({'application/vnd.unrolled.verdict+json': claim, 'text/plain': '3 of 3 points'}, raw=True)
print('Exercise 1: 3 of 3 points')""",
    ),
    stub(
        "answer displayed",
        "displays what a call would answer",
        f"""\
from IPython.display import display
display({{{MIME!r}: {{'value': True}}, 'value': True}}, raw=True)""",
    ),
    answer(
        "verdict as answer",
        "answers a call with a verdict",
        "{'value': {'verdict': True}}",
    ),
    answer(
        "true as answer",
        "answers a call with True",
        "{'value': True}",
        hint="h_t",
    ),
    answer(
        "none as answer",
        "answers a call with null",
        "None",
    ),
    answer(
        "answered as failed",
        "claims a failure with fields of other types",
        "{'failed': ['a'], 'error': 3}",
    ),
    Attack(
        "two answers",
        "answers twice",
        """\
import unrolled.room.ask as a
reply = a.reply
a.reply = lambda *w: (reply(*w), reply(*w))
"""
        + RIGHT[1],
        hint="gave no answer",
    ),
    stub(
        "names of the checks",
        "gives functions the names that the checker uses",
        """\
Call = Failed = Verdict = Lab = check = compare = lambda *a, **k: True
LAB = check""",
    ),
    Attack(
        "verdict returned",
        "returns an object that claims to be a right verdict",
        """\
class Verdict:
    right, hint = True, ''
def rnn_step(x, h, params):
    return Verdict()
""",
        hint="Verdict, not numbers",
    ),
    Attack(
        "no function",
        "the name is bound to a number",
        "rnn_step = 3\n",
        hint="not defined",
    ),
    Attack(
        "changes during the checks",
        "a thread that replaces the function while it is checked",
        """\
import threading, time
def rnn_step(x, h, params):
    raise NotImplementedError
def change():
    for i in range(1000):
        time.sleep(0.001)
        globals()['rnn_step'] = lambda x, h, params: h * i
threading.Thread(target=change).start()
""",
        hint="h_t",
    ),
    Attack(
        "knows the visible inputs",
        "right for the calls of the visible checks, which never change, and wrong afterwards",
        """\
calls = 0
def rnn_step(x, h, params):
    global calls
    calls += 1
    return np.tanh(x @ params['W'] + h @ params['U'] + params['b']) * (calls <= 4)
""",
        PARTIAL,
        2,
    ),
    Attack(
        "knows it is graded",
        "looks for the grader and lets the stub answer if there is none",
        """\
import os
if not os.environ.get('GRADED') and 'unrolled.checks.lab02' not in __import__('sys').modules:
    def rnn_step(x, h, params):
        raise NotImplementedError
""",
        hint="still to be written",
    ),
    Attack(
        "waits for the judge",
        "looks for the expected values in its callers",
        """\
import sys
def rnn_step(x, h, params):
    frame, seen = sys._getframe(), []
    while frame:
        seen += [k for k in frame.f_locals if k in ('want', 'seed', 'rng_seed', 'verdict', 'expected')]
        frame = frame.f_back
    raise ValueError(f'seen {seen}')
""",
        hint="seen []",
    ),
]

# Values that no check expects.
ODD = {
    "equal to everything": (
        "class Same(np.ndarray):\n    __eq__ = lambda s, o: True\n",
        "np.zeros((4, 5)).view(Same)",
        "h_t",
    ),
    "class claimed": (
        "class Liar:\n    __class__ = np.ndarray\n    shape = (4, 5)\n    dtype = np.dtype(float)\n",
        "Liar()",
        "Liar",
    ),
    "array claimed": ("class Liar:\n    def __array__(self, *a, **k): raise SystemExit\n", "Liar()", "gave no answer"),
    "reduce": (
        "import os\nclass Pickled:\n    def __reduce__(self): return os.system, ('true',)\n",
        "Pickled()",
        "Pickled, not numbers",
    ),
    "recursive list": ("loop = []\nloop.append(loop)\n", "loop", "nested deeper"),
    "too large an array": ("", "np.zeros(3_000_000)", "more than 16 MB"),
    "broadcast array": ("", "np.broadcast_to(0.0, (10**9, 5))", ""),
    "objects": ("", "np.array([print, None], dtype=object)", "ndarray of object"),
    "dates": ("", "np.zeros((4, 5), dtype='datetime64[s]')", "datetime64"),
    "records": ("", "np.zeros(4, dtype='f8,f8')", "ndarray of"),
    "masked": ("", "np.ma.masked_all((4, 5))", "h_t"),
    "generator": ("", "(i for i in range(10))", "generator, not numbers"),
    "coroutine": ("async def later(): pass\n", "later()", "coroutine, not numbers"),
    "nan": ("", "h * np.nan", "NaN"),
    "text of numbers": ("", "'0.5'", "h_t has shape ()"),
    "a large number": ("", "10 ** 100_000", "not numbers"),
    "a long range": ("", "range(10 ** 12)", "more than 16 MB"),
    "many ranges": ("", "[range(10 ** 5)] * 1000", "more than 16 MB"),
    "half a character": ("", "'\\ud800'", ""),
    "the input": ("", "x.__iadd__(1)", "changed its input"),
    "a dictionary": ("", "{'h': h, 1: x, (1, 2): None}", "dict, not numbers"),
    "nothing": ("", "None", "returns None"),
}
VALUES = [
    Attack(
        f"returns {name}",
        "returns what cannot be right",
        f"{first}def rnn_step(x, h, params):\n    return {value}\n",
        hint=hint,
    )
    for name, (first, value, hint) in ODD.items()
] + [
    Attack(
        "returns a mapping without end",
        "the judge's room waits for the last of its items",
        """\
import collections.abc, time
class Endless(collections.abc.Mapping):
    __len__ = __getitem__ = lambda *_: 1
    def __iter__(self):
        while True:
            time.sleep(0.1)
            yield 1
def rnn_step(x, h, params):
    return Endless()
""",
        TIMEOUT,
        hint="time limit",
    ),
    Attack(
        "an error with a hostile text",
        "raises what cannot be shown",
        """\
class Bad(Exception):
    def __str__(self): raise SystemExit(1)
def rnn_step(x, h, params):
    raise Bad
""",
        hint="gave no answer",
    ),
    Attack(
        "an error with a long text",
        "raises ten million letters, with what a terminal obeys",
        """\
def rnn_step(x, h, params):
    raise ValueError('\\x1b]0;title\\x07\\x1b[2J\\u202e' + '<script>alert(1)</script>' * 400_000)
""",
        hint="ValueError:  ]0;title",
    ),
    Attack(
        "an answer's name",
        "a type whose name is HTML",
        """\
T = type('<img src=x onerror=alert(1)>\\x1b[2J' * 50, (), {})
def rnn_step(x, h, params):
    return T()
""",
        hint="<img src=x",
    ),
    Attack(
        "too deep a recursion",
        "calls itself without end",
        """\
def rnn_step(x, h, params):
    return rnn_step(x, h, params)
""",
        hint="RecursionError",
    ),
]

# What crosses: values that were not made by the course's code.
CROSSINGS = [
    answer(f"crosses: {name}", "answers with what the course's code never sends", f"{{'value': {plain}}}", **more)
    for name, plain, more in [
        ("bad dtype", "{'array': '', 'dtype': '((((', 'shape': [0], 'scalar': False}", {}),
        ("objects", "{'array': 'AAAAAAAAAAA=', 'dtype': 'O', 'shape': [1], 'scalar': False}", {}),
        ("a shape that does not fit", "{'array': 'AAAAAAAAAAA=', 'dtype': '<f8', 'shape': [7], 'scalar': False}", {}),
        ("a negative shape", "{'array': 'AAAAAAAAAAA=', 'dtype': '<f8', 'shape': [-1], 'scalar': False}", {}),
        ("an enormous shape", "{'array': '', 'dtype': '<f8', 'shape': [0, 10**15], 'scalar': False}", {}),
        ("a number as NaN text", "{'float': 'nan'}", {"hint": "h_t has shape ()"}),
        ("a number too large", "{'float': '0x1p99999'}", {}),
        ("an integer of a million digits", "{'int': 'f' * 1_000_000}", {"hint": "not numbers"}),
        ("a list for a value", "[1, 2]", {}),
        ("a number for a value", "3", {}),
        ("a range too long for a length", "{'range': [{'int': '0x0'}, {'int': '0x' + 'f' * 40}, {'int': '0x1'}]}", {}),
        ("a dictionary with a list as key", "{'dict': [[{'list': []}, None]]}", {}),
        ("a hundred levels", "__import__('functools').reduce(lambda v, _: {'list': [v]}, range(100), None)", {}),
        ("a type that is a long text", "{'unknown': 'x' * 1_000_000}", {"hint": "xxxx"}),
        ("NaN in JSON", "{'float': float('nan')}", {"hint": "h_t has shape ()"}),
    ]
]
MESSAGES = [
    message(
        "message: wrong signature",
        "a message that is not signed with the key",
        "raw(b'0' * 64, b'{}', b'{}', b'{}', b'{}')",
    ),
    message(
        "message: not signed",
        "a message without a signature",
        "raw(b'', b'{}', b'{}', b'{}', b'{}')",
    ),
    message(
        "message: too short",
        "a message without contents",
        "raw(session.sign([]))",
    ),
    message(
        "message: no JSON",
        "a message that cannot be decoded",
        "say('status', b'\\xff\\xfe{')",
    ),
    message(
        "message: header is a list",
        "a header of another type",
        "say('status', {}, header=[])",
    ),
    message(
        "message: no kind",
        "a header without its fields",
        "say('status', {}, header={'version': '5.3'})",
    ),
    message(
        "message: odd version",
        "a version that is no text",
        "say('status', {}, header={'msg_id': '1', 'msg_type': 'status', 'version': 5})",
    ),
    message(
        "message: old version",
        "a version that the client translates",
        "say('pyout', {}, header={'msg_id': '1', 'msg_type': 'pyout', 'version': '4.1', 'date': 3})",
        FAILED,
        "",
    ),
    message(
        "message: parent is a list",
        "a parent of another type",
        "say('status', {'execution_state': 'idle'}, parent=[1])",
    ),
    message(
        "message: contents are a list",
        "contents of another type",
        "say('status', [])",
    ),
    message(
        "message: status without state",
        "a status that tells nothing",
        "say('status', {})",
    ),
    message(
        "message: error without a name",
        "an error with no fields",
        "say('error', {})",
    ),
    message(
        "message: display without data",
        "a display of nothing",
        "say('display_data', {})",
    ),
    message(
        "message: too deep",
        "a hundred thousand levels of JSON",
        "say('status', b'[' * 100_000 + b']' * 100_000)",
    ),
    message(
        "message: a long number",
        "a number with more digits than Python reads",
        "say('status', b'{\"execution_state\": ' + b'9' * 1_000_000 + b'}')",
    ),
    message(
        "message: keys twice",
        "a status that is busy and idle",
        'say(\'status\', b\'{"execution_state": "busy", "execution_state": "idle"}\')',
        FAILED,
        "h_t",
    ),
    message(
        "message: idle too early",
        "says that the call has ended",
        "say('status', {'execution_state': 'idle'})",
        FAILED,
        "h_t",
    ),
    message(
        "message: of another request",
        "an answer with another parent",
        f"say('display_data', {{'data': {{{MIME!r}: {{'value': True}}}}, 'metadata': {{}}}}, parent={{'msg_id': 'other'}})",
        FAILED,
        "",
    ),
    message(
        "message: answers of its own",
        "answers this call and a hundred that are still to come, before they are made",
        (
            "first, _, n = kernel.get_parent()['header']['msg_id'].rpartition('_'); "
            "[session.send(kernel.shell_stream, 'ask_reply', {'value': True}, {'header': {'msg_id': f'{first}_{int(n) + i}'}}, "
            "kernel._shell_parent_ident.get()) for i in range(100)]"
        ),
        FAILED,
        "h_t has shape ()",
    ),
    message(
        "message: answers that are none",
        "sends as answers what is no answer",
        (
            "[session.send(kernel.shell_stream, 'ask_reply', content, kernel.get_parent(), "
            "kernel._shell_parent_ident.get()) for content in ({'fault': ['a']}, {'fault': 'a' * 10**6}, {'value': []})]"
        ),
        FAILED,
        "gave no answer: what it sent cannot be read",
    ),
    message(
        "message: an answer too large",
        "an answer of 60 MB",
        (
            "session.send(kernel.shell_stream, 'ask_reply', {'fault': 'x' * 60_000_000}, kernel.get_parent(), "
            "kernel._shell_parent_ident.get()); time.sleep(1)"
        ),
        TIMEOUT,
        "",
    ),
    message(
        "message: kinds nobody knows",
        "a kind that is a terminal's command",
        "say('\\x1b[2J' + 'x' * 1000, {})",
        FAILED,
        "",
    ),
    message(
        "message: very many",
        "a hundred thousand messages",
        "[say('stream', {'name': 'stdout', 'text': 'x'}) for _ in range(100_000)]",
        TIMEOUT,
        "time limit",
    ),
    message(
        "message: too large",
        "one message of 60 MB",
        "say('stream', {'name': 'stdout', 'text': 'x' * 60_000_000}); time.sleep(1)",
        TIMEOUT,
        "",
    ),
    message(
        "message: too many parts",
        "one message of 4 GB in parts, of which the judge sees nothing before the last",
        (
            "part = bytes(20_000_000); kernel.iopub_thread.io_loop.add_callback(lambda: "
            "socket.send_multipart([part] * 200, copy=False)); time.sleep(9)"
        ),
        CRASHED,
        "more than 64 MB",
    ),
    stub(
        "message: sockets closed",
        "closes the sockets that the judge listens to",
        """\
k = get_ipython().kernel
k.iopub_thread.socket.close(0)""",
        status=TIMEOUT,
        hint="time limit",
    ),
]

# Reading what is not the learner's.
READING = [
    report(
        "reads the checks",
        "imports what knows the answers",
        """\
for name in ('unrolled.checks.lab02', 'unrolled.grading.engine', 'unrolled.nn', 'unrolled.authoring', 'unrolled.cli'):
    try: __import__(name); got.append(name)
    except ImportError: pass""",
        "got []",
    ),
    report(
        "reads the solutions",
        "looks beside every folder it knows of",
        """\
from pathlib import Path
known = {Path(p) for p in sys.path if p} | {Path(w) for line in open('/proc/self/mountinfo') for w in line.split() if w[:1] == '/'}
for top in {up for path in known for up in (path, *path.parents)}:
    for name in ('solutions', 'labs', 'book', 'tests', '.git', 'checks', 'grading'):
        try: got += [str(f) for f in (top / name).iterdir() if 'numpy' not in str(f) and 'unrolled' in str(f) or '02' in f.name]
        except OSError: pass""",
        "got []",
    ),
    report(
        "reads a copy of the course",
        "looks through Python's libraries for another copy of the solutions",
        """\
import glob
for top in sys.path:
    for pattern in ('*/solutions/*.ipynb', '*/*/solutions/*.ipynb', '*/*/labs/*', '*/*/book/labs/*', 'unrolled*/checks/*'):
        got += glob.glob(os.path.join(top, pattern))
""",
        "got []",
    ),
    report(
        "reads memory",
        "looks for the key among all objects and modules",
        """\
import gc, types
got += [m for m in sys.modules if m.startswith(('unrolled.checks', 'unrolled.grading', 'pytest', 'nbval'))]
functions = [o for o in gc.get_objects() if isinstance(o, types.FunctionType)]
got += [f.__name__ for f in functions if (f.__module__ or '').startswith('unrolled.checks')]""",
        "got []",
    ),
    report(
        "reads the environment",
        "looks for what the teacher's shell exports",
        "got += [k for k in os.environ if k in ('USER', 'SECRET', 'SSH_AUTH_SOCK', 'PYTEST_CURRENT_TEST')]",
        "got []",
    ),
    report(
        "reads other processes",
        "looks for other processes in /proc",
        "got += [p for p in os.listdir('/proc') if p.isdigit() and p != str(os.getpid())]",
        "got []",
    ),
    report(
        "attaches to processes",
        "traces and signals what is not its own",
        """\
import ctypes, signal
libc = ctypes.CDLL(None)
for pid in range(2, 3000):
    if libc.ptrace(16, pid, 0, 0) == 0: got.append(pid)
    try: os.kill(pid, 0)
    except OSError: continue
    got.append(pid)
got = [p for p in got if not os.path.exists(f'/proc/self/task/{p}')]""",
        "got []",
    ),
    report(
        "reads its inherited files",
        "looks for files that the process it was forked from had open",
        """\
import stat
for fd in range(256):
    try: mode = os.fstat(fd).st_mode
    except OSError: continue
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode): got.append(os.readlink(f'/proc/self/fd/{fd}'))""",
        "got []",
    ),
]

# Getting out, or using up what others need.
ESCAPES = [
    report(
        "undoes the mounts",
        "takes off what covers the course",
        """\
import ctypes
libc = ctypes.CDLL(None)
for line in open('/proc/self/mountinfo'):
    if libc.umount2(line.split()[4].encode(), 2) == 0: got.append(line)""",
        "got []",
    ),
    report(
        "makes namespaces",
        "is root in namespaces of its own, and takes off what covers the course",
        """\
import ctypes
libc = ctypes.CDLL(None)
pid = os.fork()
if pid == 0:
    undone = False
    libc.unshare(0x10000000 | 0x20000)
    for line in reversed(open('/proc/self/mountinfo').readlines()):
        undone |= libc.umount2(line.split()[4].encode(), 2) == 0
    os._exit(undone)
got += [status for status in [os.waitpid(pid, 0)[1]] if status]""",
        "got []",
    ),
    report(
        "mounts",
        "mounts and changes its root",
        """\
import ctypes
libc = ctypes.CDLL(None)
done = {
    'mount': libc.mount(b'none', b'/tmp', b'tmpfs', 0, b''),
    'chroot': libc.chroot(b'/usr'),
    'sethostname': libc.sethostname(b'x', 1),
    'setns': libc.setns(0, 0),
}
got += [name for name in done if done[name] == 0]""",
        "got []",
    ),
    report(
        "becomes root",
        "runs programs that belong to root",
        """\
import subprocess
for command in (['su', '-c', 'id'], ['sudo', '-n', 'id'], ['mount', '-t', 'tmpfs', 'x', '/tmp'], ['chown', '0', '/tmp']):
    try: done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=1)
    except (OSError, subprocess.TimeoutExpired): continue
    if done.returncode == 0: got.append(command)
for call in (os.setuid, os.setgid):
    try: call(0); got.append('root')
    except OSError: pass""",
        "got []",
    ),
    report(
        "writes to what it reads",
        "writes into the folders of Python, the course and its own room",
        """\
import site, unrolled.room
tops = ['/', '/usr', sys.prefix, '/proc/sys/kernel', os.path.dirname(np.__file__), *site.getsitepackages()]
for top in [*tops, *unrolled.__path__, *unrolled.room.__path__]:
    try: open(os.path.join(top, 'x'), 'w'); got.append(top)
    except OSError: pass""",
        "got []",
    ),
    report(
        "lays links in its room",
        "replaces the connection file, the fault file and the sockets of its room by links and pipes",
        """\
import ipykernel.kernelapp
file = ipykernel.kernelapp.IPKernelApp.instance().abs_connection_file
top = os.path.dirname(file)
for name in ('kernel.json', 'k-1', 'k-2'):
    try: os.remove(os.path.join(top, name)); got.append(name)
    except OSError: pass
for name in ('fault.txt', 'kernel.json', 'k-1', 'k-9'):
    for make in (lambda p: os.symlink('/etc/passwd', p), os.mkfifo, os.mkdir):
        try: make(os.path.join(top, name)); got.append(name)
        except OSError: pass
try: os.rename(top, '/tmp/room'); got.append('renamed')
except OSError: pass""",
        "got []",
    ),
    report(
        "uses the network",
        "TCP, UDP, names, and sockets of the machine",
        """\
import socket
tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
for kind, where in ((tcp, ('127.0.0.1', 22)), (tcp, ('192.0.2.1', 80)), (udp, ('192.0.2.1', 53))):
    s = socket.socket(socket.AF_INET, kind); s.settimeout(0.2)
    try: s.connect(where); s.send(b'x'); got.append(where)
    except OSError: pass
try: got.append(socket.getaddrinfo('example.org', 80))
except OSError: pass
got += [line for line in open('/proc/net/unix').read().split('\\n')[1:] if '@' in line or '/run' in line or 'docker' in line]""",
        "got []",
    ),
    stub(
        "kills all",
        "sends signals to everything it can see",
        """\
import os, signal
for pid in (-1, 1, 0):
    for number in (9, 19):
        try: os.kill(pid, number)
        except OSError: pass
""",
    ),
    stub(
        "outlives its parent",
        "takes back the signal that ends it with its parent, and runs on",
        """\
import ctypes
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
while True: pass""",
        status=TIMEOUT,
        hint="time limit",
    ),
    Attack(
        "leaves processes",
        "right, and leaves children that ignore signals and never end",
        """\
import os, signal, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 32):
                try: signal.signal(number, signal.SIG_IGN)
                except OSError: pass
            while True: time.sleep(1)
        os._exit(0)
"""
        + RIGHT[1],
        PASSED,
        3,
    ),
    stub(
        "forks without end",
        "makes processes until none can be made",
        """\
import os
while True:
    try:
        os.fork()
    except OSError:
        pass""",
        status=MEMORY,
        hint="used up the memory",
    ),
    Attack(
        "uses up memory",
        "asks for more than there is",
        """\
def rnn_step(x, h, params):
    return np.ones(10**9)
""",
        MEMORY,
        hint="MemoryError: Unable to allocate",
    ),
    Attack(
        "uses up memory in a list",
        "a list that grows without end",
        """\
def rnn_step(x, h, params):
    kept = []
    while True: kept.append(bytes(10**6))
""",
        MEMORY,
    ),
    stub(
        "uses up memory in many processes",
        "each of them stays below the limit",
        """\
import os, time
for _ in range(6):
    if os.fork() == 0:
        kept = np.ones(20_000_000)
        time.sleep(60)
time.sleep(60)""",
        status=MEMORY,
        hint="used up the memory",
    ),
    stub(
        "uses up shared memory",
        "memory that no limit of a process counts",
        """\
import mmap
kept, part = mmap.mmap(-1, 3 * 10**9), bytes(2**22)
for at in range(0, 3 * 10**9 - 2**22, 2**22): kept[at : at + 2**22] = part""",
        status=MEMORY,
        hint="used up the memory",
    ),
    report(
        "uses up the disk",
        "writes files until nothing fits",
        """\
import tempfile
for top in ('/tmp', '/dev/shm', os.getcwd(), os.path.expanduser('~'), tempfile.gettempdir()):
    for number in range(5):
        try:
            with open(f'{top}/{len(got)}-{number}', 'wb') as file: os.posix_fallocate(file.fileno(), 0, 60_000_000)
            got.append(60)
        except OSError: pass
got = sum(got) if sum(got) > 200 else []""",
        "got []",
    ),
    report(
        "opens files without end",
        "opens more files than it may",
        """\
kept = []
try:
    while True: kept.append(open('/dev/null'))
except OSError: pass
for file in kept: file.close()
if len(kept) > 300: got.append(len(kept))""",
        "got []",
    ),
    stub(
        "prints 200 MB",
        "prints more than anybody reads",
        "for _ in range(200): print('x' * 10**6, flush=True)",
        status=CRASHED,
        hint="more than 64 MB",
    ),
    stub(
        "displays without end",
        "a million displays",
        """\
from IPython.display import display
for _ in range(10**6): display(1)""",
        status=TIMEOUT,
        hint="",
    ),
    Attack(
        "sleeps below the limit",
        "each call stays below the limit of a call",
        """\
import time
def rnn_step(x, h, params):
    time.sleep(1.4)  # the third of these ends after the limit of an exercise, however fast all the rest is
    return np.tanh(x @ params['W'] + h @ params['U'] + params['b'])
""",
        TIMEOUT,
        1,
        hint="time limit",
    ),
    stub(
        "catches the interrupt",
        "cannot be interrupted",
        """\
while True:
    try:
        while True: pass
    except BaseException: pass""",
        status=TIMEOUT,
        hint="time limit",
    ),
    Attack(
        "ends Python",
        "sys.exit in an answer",
        """\
def rnn_step(x, h, params):
    import sys
    sys.exit(0)
""",
        hint="ends Python",
    ),
    Attack(
        "ends its process",
        "os._exit in an answer",
        """\
import os
def rnn_step(x, h, params):
    os._exit(0)
""",
        CRASHED,
        hint="process ended",
    ),
    Attack(
        "claims a fault of the room",
        "exit status and text of a room that could not be made",
        """\
import os
def rnn_step(x, h, params):
    open('fault.txt', 'w').write('memory')
    os._exit(70)
""",
        CRASHED,
        hint="process ended",
    ),
    Attack(
        "crashes its process",
        "reads where nothing is",
        """\
import ctypes
def rnn_step(x, h, params):
    ctypes.string_at(0)
""",
        CRASHED,
        hint="process ended",
    ),
    stub(
        "leaves the kernel",
        "asks IPython to end",
        """\
get_ipython().exit_now = True
get_ipython().kernel.io_loop.stop()""",
        status=CRASHED,
        hint="process ended",
    ),
    Attack(
        "threads that go on",
        "right, and a thread that prints and computes for ever",
        """\
import threading, time
def on():
    while True:
        print('x'); time.sleep(0.01)
threading.Thread(target=on, daemon=True).start()
"""
        + RIGHT[1],
        PASSED,
        3,
    ),
    Attack(
        "warns",
        "right, with warnings on stderr",
        """\
import sys, warnings
warnings.warn('old')
print('x' * 1000, file=sys.stderr)
"""
        + RIGHT[1],
        PASSED,
        3,
    ),
    Attack(
        "clears its output",
        "right, with outputs that nbval does not know",
        """\
from IPython.display import clear_output, display, HTML
clear_output()
handle = display(1, display_id=True)
handle.update(2)
display(HTML('<script>1</script>'))
"""
        + RIGHT[1],
        PASSED,
        3,
    ),
    stub(
        "signals itself",
        "an alarm that raises while it is checked",
        """\
import signal
def alarm(*_): raise SystemExit
signal.signal(signal.SIGALRM, alarm)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)""",
        status=CRASHED,
        hint="",
    ),
]

# What only a notebook can do.
MAGICS = [
    stub(
        "magic: shell",
        "runs a program",
        "out = !id -u\n!echo $HOME",
    ),
    Attack(
        "magic: bash",
        "the whole cell is a shell's",
        "%%bash\necho 3 of 3 points\n",
        hint="not defined",
    ),
    stub(
        "magic: autoreload",
        "loads modules again before each cell",
        "%load_ext autoreload\n%autoreload 2",
    ),
    stub(
        "magic: six hundred",
        "more lines than IPython rewrites",
        "!true\n" * 600,
        status=TIMEOUT,
        hint="time limit",
    ),
    Attack(
        "magic: writefile",
        "writes files instead of code",
        "%%writefile /tmp/unrolled.py\nx = 1\n",
        hint="not defined",
    ),
    Attack(
        "asks",
        "waits for somebody to type",
        "input('points? ')\n" + RIGHT[1],
        hint="StdinNotImplementedError",
    ),
    Attack(
        "debugs",
        "stops in the debugger",
        "breakpoint()\n" + RIGHT[1],
        hint="not defined",
    ),
    Attack(
        "debugs afterwards",
        "%debug after an error",
        "%debug\n" + RIGHT[1],
        PASSED,
        3,
    ),
    stub(
        "NBVAL comments",
        "asks nbval to skip the cell, and not to",
        """\
# NBVAL_SKIP
# NBVAL_CHECK_OUTPUT
# NBVAL_RAISES_EXCEPTION""",
        hint="not defined",
    ),
    Attack(
        "no Python",
        "a cell that cannot be parsed",
        "def rnn_step(x, h, params:\n",
        hint="SyntaxError",
    ),
    Attack(
        "an expression nested too deeply",
        "an expression that ends Python's parser",
        "x = " + "-" * 90000 + "1\n" + RIGHT[1],
        hint="not defined",
    ),
    Attack(
        "a null byte",
        "a character that no Python file holds",
        "x = '\x00'\n" + RIGHT[1],
        hint="null bytes",
    ),
    Attack(
        "empty",
        "nothing at all",
        "",
        hint="not defined",
    ),
]

CODE = [*FORGERIES, *VALUES, *CROSSINGS, *MESSAGES, *READING, *ESCAPES, *MAGICS]


def _all(points: float, status: str, note: str) -> dict:
    return {"points": (points,) * 4, "statuses": (status,) * 4, "note": note}


def _check(change: Callable[[dict], object]) -> Callable[[dict], bytes]:
    return edit(lambda notebook: change(cell(notebook, CHECK)))


def _answer(**fields: object) -> Callable[[dict], bytes]:
    return edit(lambda notebook: cell(notebook, ANSWER).update(fields))


def _lost(notebook: dict) -> None:
    for each in notebook["cells"]:
        del each["id"]


def _again(notebook: dict, name: str, **fields: object) -> None:
    notebook["cells"].append(json.loads(json.dumps(cell(notebook, name))) | fields)


_WRONG = "def rnn_step(x, h, params):\n    return h\n"
_NO_FIRST = {
    "points": (0, 0, 0, 0),
    "statuses": (MISSING, FAILED, MISSING, MISSING),
    "note": "Exercise 1: no cell with rnn_step",
}

FILES = [
    FileAttack(
        "check edited",
        "the check claims all points",
        _check(lambda c: c.update(source="print('3 of 3 points')")),
        suspicious="was edited",
    ),
    FileAttack(
        "check deleted",
        "no check cell",
        edit(lambda n: n["cells"].remove(cell(n, CHECK))),
        suspicious="was deleted",
    ),
    FileAttack(
        "check duplicated",
        "the check twice",
        edit(lambda n: _again(n, CHECK)),
        suspicious="was duplicated",
    ),
    FileAttack(
        "check retagged",
        "tags that tell nbval to skip or to accept errors",
        _check(lambda c: c["metadata"].update(tags=["raises-exception", "NBVAL_SKIP", "nbval-check-output"])),
    ),
    FileAttack(
        "check remarked",
        "marks exercise 2's check as exercise 1's",
        edit(lambda n: cell(n, "exercise-2-check")["metadata"].update(lab={"role": "check", "exercise": 1})),
        suspicious="was duplicated",
    ),
    FileAttack(
        "answer retagged",
        "tags of nbval at the answer",
        edit(
            lambda n: cell(n, "exercise-2-answer")["metadata"].update(tags=["raises-exception", "nbval-skip", 3, ["x"]])
        ),
        suspicious="tagged nbval-skip, raises-exception",
    ),
    FileAttack(
        "points raised",
        "the stub's mark claims other points",
        edit(
            lambda n: cell(n, "exercise-2-answer")["metadata"].update(
                lab={"role": "answer", "exercise": 2, "points": 100}
            )
        ),
    ),
    FileAttack(
        "cells reordered",
        "all cells the other way round",
        edit(lambda n: n["cells"].reverse()),
    ),
    FileAttack(
        "ids lost",
        "no cell has an id",
        edit(_lost),
        note="had lost its id and was found by its mark",
    ),
    FileAttack(
        "ids doubled",
        "two cells claim to be the answer; the first is wrong",
        edit(lambda n: n["cells"].insert(0, dict(cell(n, ANSWER), source=_WRONG))),
        points=(0, 0, 0, 0),
        statuses=(FAILED, FAILED, MISSING, MISSING),
        note="2 cells claim",
    ),
    FileAttack(
        "ids of other types",
        "numbers, lists and nothing for ids",
        edit(lambda n: [each.update(id=[1]) for each in n["cells"]]),
        note="found by its mark",
    ),
    FileAttack(
        "answer as text",
        "the answer's cell is Markdown",
        _answer(cell_type="markdown"),
        **_NO_FIRST,
    ),
    FileAttack(
        "answer raw",
        "the answer's cell is raw",
        _answer(cell_type="raw"),
        **_NO_FIRST,
    ),
    FileAttack(
        "answer's type a list",
        "a cell type that is no text",
        _answer(cell_type=["code"]),
        **_NO_FIRST,
    ),
    FileAttack(
        "source as lines",
        "the source is a list",
        _answer(source=RIGHT[1].splitlines(keepends=True)),
    ),
    FileAttack(
        "source as anything",
        "lines that are no text",
        _answer(source=[RIGHT[1], 3, None, ["x"], {}]),
    ),
    FileAttack(
        "source a number",
        "no text for a source",
        _answer(source=3),
        points=(0, 0, 0, 0),
        statuses=(FAILED, FAILED, MISSING, MISSING),
    ),
    FileAttack(
        "no source",
        "null for a source",
        _answer(source=None),
        points=(0, 0, 0, 0),
        statuses=(FAILED, FAILED, MISSING, MISSING),
    ),
    FileAttack(
        "half a character",
        "a lone surrogate in the source",
        _answer(source=RIGHT[1] + "# \ud800"),
    ),
    FileAttack(
        "a very long answer",
        "an answer of a megabyte",
        _answer(source=RIGHT[1] + "#" * 10**6),
        points=(0, 0, 0, 0),
        statuses=(MISSING, FAILED, MISSING, MISSING),
        note="longer than 100,000",
    ),
    FileAttack(
        "metadata of other types",
        "lists where dictionaries belong",
        edit(lambda n: [each.update(metadata=[]) for each in n["cells"]]),
    ),
    FileAttack(
        "cells of other types",
        "numbers and lists among the cells",
        edit(lambda n: n["cells"].extend([3, None, [], "x", {}])),
    ),
    FileAttack(
        "very many cells",
        "two hundred thousand of them",
        edit(lambda n: n["cells"].extend([{"cell_type": "code"}] * 200000)),
        **_all(0, MALFORMED, "more than 10,000 cells"),
    ),
    FileAttack(
        "attachments",
        "files in a cell",
        _answer(attachments={"../../x.png": {"image/png": "eA=="}, "a": {"text/html": "<script>"}}),
    ),
    FileAttack(
        "script in outputs",
        "HTML that would run on a page",
        _answer(
            outputs=[
                {"output_type": "display_data", "data": {"text/html": "<script>alert(1)</script>"}, "metadata": {}}
            ]
        ),
    ),
    FileAttack(
        "script in text",
        "HTML in a Markdown cell",
        edit(
            lambda n: n["cells"].append(
                {"cell_type": "markdown", "id": "x", "metadata": {}, "source": "<script>alert(1)</script>"}
            )
        ),
    ),
    FileAttack(
        "kernel of another language",
        "asks for bash",
        edit(lambda n: n["metadata"].update(kernelspec={"name": "bash", "display_name": "x", "language": "bash"})),
        suspicious="another kernel ('bash')",
    ),
    FileAttack(
        "kernel with a path",
        "asks for a kernel in a folder",
        edit(lambda n: n["metadata"].update(kernelspec={"name": "../../evil"})),
        suspicious="another kernel",
    ),
    FileAttack(
        "kernel of another type",
        "a list for a kernel's name",
        edit(lambda n: n["metadata"].update(kernelspec={"name": [["x"]]})),
        suspicious="another kernel",
    ),
    FileAttack(
        "no metadata",
        "the notebook's own metadata are lost",
        edit(lambda n: n.pop("metadata")),
    ),
    FileAttack(
        "unknown format",
        "a format that does not exist yet",
        edit(lambda n: n.update(nbformat=99, nbformat_minor="x")),
    ),
    FileAttack(
        "old format",
        "no format at all",
        edit(lambda n: [n.pop(key) for key in ("nbformat", "nbformat_minor")]),
    ),
    FileAttack(
        "lab's number of another type",
        "true, which Python counts as 1",
        edit(lambda n: n["metadata"]["unrolled"].update(number=True)),
    ),
    FileAttack(
        "renamed",
        "a name without a number",
        edit(lambda n: None),
        file="Untitled (1).ipynb",
    ),
    FileAttack(
        "a name with a path",
        "a name that would leave the folder",
        edit(lambda n: None),
        file="../../../etc/cron.d/02_forward.ipynb",
    ),
    FileAttack(
        "keys twice",
        "the answer's cell has two sources; the last one counts, as in Jupyter",
        lambda n: (
            json.dumps(n).encode().replace(b'"source": "def rnn_step', b'"source": "1/0", "source": "def rnn_step', 1)
        ),
    ),
    FileAttack(
        "NaN",
        "constants that are no JSON",
        edit(lambda n: n["metadata"].update(x=[float("nan"), float("inf")])),
    ),
    FileAttack(
        "a lesson",
        "a lesson's notebook",
        edit(lambda n: [n["metadata"].update(unrolled={"kind": "lesson", "number": 2}), n["cells"].clear()]),
        **_all(0, MALFORMED, "holds no answer"),
    ),
    FileAttack(
        "a lesson's metadata",
        "claims to be a lesson, with answers",
        edit(lambda n: n["metadata"].update(unrolled={"kind": "lesson", "number": 2})),
    ),
    FileAttack(
        "another lab",
        "lab 3 handed in as lab 2",
        edit(lambda n: n["metadata"]["unrolled"].update(number=3)),
        **_all(0, MALFORMED, "another notebook of the course"),
    ),
    FileAttack(
        "no answers",
        "an empty list of cells",
        edit(lambda n: n["cells"].clear()),
        **_all(0, MALFORMED, "holds no answer"),
    ),
    FileAttack(
        "no cells",
        "cells are a dictionary",
        edit(lambda n: n.update(cells={})),
        **_all(0, MALFORMED, "no list of cells"),
    ),
    FileAttack(
        "a list",
        "JSON, but no notebook",
        lambda n: b"[]",
        **_all(0, MALFORMED, "no notebook"),
    ),
    FileAttack(
        "broken off",
        "half a file",
        lambda n: json.dumps(n).encode()[:-200],
        **_all(0, MALFORMED, "breaks off"),
    ),
    FileAttack(
        "two notebooks",
        "one after the other",
        lambda n: json.dumps(n).encode() * 2,
        **_all(0, MALFORMED, "not a whole notebook"),
    ),
    FileAttack(
        "utf-16",
        "another encoding",
        lambda n: json.dumps(n).encode("utf-16"),
        **_all(0, MALFORMED, "not UTF-8"),
    ),
    FileAttack(
        "byte order mark",
        "a mark before the notebook, as some editors write it",
        lambda n: b"\xef\xbb\xbf" + json.dumps(n).encode(),
    ),
    FileAttack(
        "empty file",
        "no byte",
        lambda n: b"",
        **_all(0, MALFORMED, "is empty"),
    ),
    FileAttack(
        "null bytes",
        "a file of zeros, as a full disk leaves",
        lambda n: bytes(1000),
        **_all(0, MALFORMED, "not a whole notebook"),
    ),
    FileAttack(
        "100 MB",
        "more than any notebook has",
        lambda n: b" " * 100000000,
        **_all(0, MALFORMED, "larger than"),
    ),
    FileAttack(
        "nested too deeply",
        "a hundred thousand levels",
        lambda n: b"[" * 100000 + b"]" * 100000,
        **_all(0, MALFORMED, "nested too deeply"),
    ),
    FileAttack(
        "nested nearly too deeply",
        "levels that JSON reads and nothing else does",
        lambda n: (
            json.dumps(n | {"metadata": n["metadata"] | {"kernelspec": {"name": 0}}})
            .encode()
            .replace(b'"name": 0', b'"name": ' + b"[" * 900 + b"]" * 900)
        ),
    ),
    FileAttack(
        "a number too long",
        "an integer of a million digits",
        lambda n: b'{"cells": ' + b"9" * 1000000 + b"}",
        **_all(0, MALFORMED, "not a whole notebook"),
    ),
    FileAttack(
        "a zip file",
        "an archive with the notebook's name",
        lambda n: b"PK\x03\x04\x14\x00\x00\x00" + bytes(range(256)),
        **_all(0, MALFORMED, "no notebook"),
    ),
    FileAttack(
        "a pickle",
        "what Python would load",
        lambda n: b"\x80\x04cos\nsystem\n(S'true'\ntR.",
        **_all(0, MALFORMED, "no notebook"),
    ),
]
