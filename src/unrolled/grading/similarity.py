"""Answers of two learners that are alike in a way that others' are not: what to look at, never a verdict."""

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from unrolled.grading import page
from unrolled.grading.fingerprints import RUN, runs, tokens

OWN = 60  # tokens of its own an answer needs to be compared: shorter ones are alike by necessity
USUAL, MANY = 0.1, 5  # share of the other learners, and number; what more of them wrote as well says nothing about two
SHARED = 30  # unusual tokens in common, and
ALIKE = 0.6  # their share in the unusual tokens of the answer that has fewer: less is not reported
SHOWN = 50  # pairs on the page
_LINES, _WIDTH = 150, 200  # of an answer, on the page


@dataclass(frozen=True)
class Pair:
    """Two answers to one exercise that have unusual code in common.

    Attributes:
        one, other: the learners, in order.
        exercise: its number.
        shared: tokens in common that are neither in what was given nor in what many others wrote.
        alike: their share, 0 to 1, in the unusual tokens of the answer that has fewer.
        sources: the two answers.
        lines: pairs of line numbers, from 1, that hold code in common.
    """

    one: str
    other: str
    exercise: int
    shared: int
    alike: float
    sources: tuple[str, str]
    lines: tuple[tuple[int, int], ...]


def pairs(answers: Mapping[str, Mapping[int, str]], given: Mapping[int, str]) -> list[Pair]:
    """Compare all answers to each exercise, and return the pairs to look at: most code in common first.

    Renaming, comments, docstrings, layout and the order of lines do not matter. What was given does not count, nor
    what more than `USUAL` of the other learners, or more than `MANY`, wrote too. Answers need not parse.

    Args:
        answers: learner to exercise number to source.
        given: exercise number to the source that every learner began with.
    """
    found: list[Pair] = []
    for exercise in sorted({number for sources in answers.values() for number in sources}):
        sources = {learner: answers[learner][exercise] for learner in sorted(answers) if exercise in answers[learner]}
        found += _compare(exercise, sources, given.get(exercise, ""))
    return sorted(found, key=lambda pair: (-pair.shared * pair.alike, pair.exercise, pair.one, pair.other))


class _Answer:
    """An answer's tokens, and where each run that was not given begins."""

    def __init__(self, source: str, given: set[tuple[str, ...]]) -> None:
        self.tokens = tokens(source)
        self.starts: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for start, run in enumerate(runs(self.tokens)):
            if run not in given:
                self.starts[run].append(start)

    def covered(self, chosen: set[tuple[str, ...]]) -> int:
        """How many tokens these runs cover."""
        return len({start + step for run in chosen for start in self.starts[run] for step in range(RUN)})

    def line(self, token: int) -> int:
        return self.tokens[token].line


def _compare(exercise: int, sources: Mapping[str, str], given: str) -> Iterator[Pair]:
    known = set(runs(tokens(given)))
    read = {learner: _Answer(source, known) for learner, source in sources.items()}
    writers: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for learner, answer in read.items():
        for run in answer.starts:
            writers[run].append(learner)
    # Of each run, the writers beyond a pair are the others who wrote it too.
    most = 2 + min(MANY, USUAL * max(0, len(read) - 2))
    unusual = {run for run, who in writers.items() if len(who) <= most}
    long = {
        learner: set(answer.starts) for learner, answer in read.items() if answer.covered(set(answer.starts)) >= OWN
    }
    common: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    for run in unusual:
        for two in combinations((learner for learner in writers[run] if learner in long), 2):
            common[two].add(run)
    own = {learner: read[learner].covered(mine & unusual) for learner, mine in long.items()}
    for (one, other), runs_in_common in common.items():
        shared = min(read[one].covered(runs_in_common), read[other].covered(runs_in_common))
        alike = shared / min(own[one], own[other])
        if shared >= SHARED and alike >= ALIKE:
            lines = tuple(_lines(read[one], read[other], runs_in_common))
            yield Pair(one, other, exercise, shared, alike, (sources[one], sources[other]), lines)


def _lines(one: _Answer, other: _Answer, chosen: set[tuple[str, ...]]) -> list[tuple[int, int]]:
    """For each line of one answer with code in common, the line of the other that has most of it."""
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    for run in chosen:
        for here, there in zip(one.starts[run], other.starts[run], strict=False):
            for step in range(RUN):
                votes[one.line(here + step)][other.line(there + step)] += 1
    return [(line, max(sorted(votes[line]), key=votes[line].__getitem__)) for line in sorted(votes)]


def write_similarity(path: Path, found: Sequence[Pair], *, lab: str) -> Path:
    """Write the page that shows the pairs side by side, and says what their numbers cannot tell.

    Args:
        path: the page.
        found: what `pairs` returned.
        lab: "02".

    Raises:
        OSError: the page cannot be written.
    """
    shown = found[:SHOWN]
    body = _READING + "<h2>Pairs</h2>\n"
    if not found:
        body += "<p>No two answers are alike in this way. That does not show that all were written alone.</p>\n"
    else:
        rows = [
            (f'<a href="#pair-{place}">{page.name(pair.one)} and {page.name(pair.other)}</a>', *_numbers(pair))
            for place, pair in enumerate(shown, 1)
        ]
        head = ("Learners", "Exercise", "Unusual tokens in common", "Share")
        body += page.table("Pairs to look at, most in common first", head, rows, numeric=(1, 2, 3))
        if len(found) > SHOWN:
            body += f"<p>{page.plural(len(found) - SHOWN, 'pair')} with less in common are left out.</p>\n"
    body += "".join(_side_by_side(place, pair) for place, pair in enumerate(shown, 1))
    return page.write(path, page.render(f"Lab {lab}: answers that are alike", body))


def _numbers(pair: Pair) -> tuple[str, str, str]:
    return str(pair.exercise), str(pair.shared), f"{pair.alike:.0%}"


def _side_by_side(place: int, pair: Pair) -> str:
    exercise, shared, alike = _numbers(pair)
    one, other = page.name(pair.one), page.name(pair.other)
    rows = "".join(_rows(pair))
    caption = f"Answers of pair {place}"
    return (
        f'<h3 id="pair-{place}">{place}. {one} and {other}, exercise {exercise}</h3>\n'
        f"<p>{shared} unusual tokens in common, {alike} of those in the answer that has fewer.</p>\n"
        f'<div class="scroll" role="region" aria-label="{caption}" tabindex="0"><table class="code">'
        f'<thead><tr><th scope="col">Line</th><th scope="col">{one}</th><th scope="col">Line</th>'
        f'<th scope="col">{other}</th></tr></thead>\n<tbody>{rows}</tbody></table></div>\n'
    )


def _rows(pair: Pair) -> Iterator[str]:
    """Rows of the table: two lines in one row have code in common; a line alone has none, or has it elsewhere."""
    here, there = dict(pair.lines), {b: a for a, b in pair.lines}
    one, other = ([line.rstrip() for line in source.rstrip().split("\n")][:_LINES] for source in pair.sources)
    left = [("both", line, here[line]) if line in here else ("one", line, 0) for line in range(1, len(one) + 1)]
    right = [("both", there[line], line) if line in there else ("other", line, 0) for line in range(1, len(other) + 1)]
    for kind, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            for i, j in zip(range(a, b), range(c, d), strict=True):
                yield f"<tr>{_cells(i + 1, one[i], True)}{_cells(j + 1, other[j], True)}</tr>\n"
            continue
        for i in range(a, b):
            yield f"<tr>{_cells(i + 1, one[i], False, here.get(i + 1))}<td></td><td></td></tr>\n"
        for j in range(c, d):
            yield f"<tr><td></td><td></td>{_cells(j + 1, other[j], False, there.get(j + 1))}</tr>\n"
    for learner, source in zip((pair.one, pair.other), pair.sources, strict=True):
        left_out = source.rstrip().count("\n") + 1 - _LINES
        if left_out > 0:
            more = page.plural(left_out, "more line")
            yield f'<tr><td></td><td colspan="3">{page.name(learner)} has {more}.</td></tr>\n'


def _cells(number: int, line: str, common: bool, elsewhere: int | None = None) -> str:
    code = page.text(line, _WIDTH)
    code = f"<mark>{code}</mark>" if common else f'<span class="alone">{code}</span>'
    note = f'<span class="quiet">(in common with line {elsewhere})</span>' if elsewhere else ""
    return f'<td class="line">{number}</td><td><pre>{code}</pre>{note}</td>'


_READING = f"""<p>These are pairs to look at, and no verdict. Two learners who never met can write the same code, and two who copied
can write different code. Talk with both before you conclude anything.</p>
<h2>What the numbers say</h2>
<p>An answer is read as tokens: words, signs and constants. Comments, docstrings, layout and the names that a learner
chose are dropped. A token is in common when it stands in a run of {RUN} tokens that both answers hold, in any place. What
the lab gave does not count, nor what more than {USUAL:.0%} of the other learners, or more than {MANY} of them, wrote too: the rest is
called unusual. A pair is shown from {SHARED} unusual tokens in common that make up {ALIKE:.0%} of those of the answer that has fewer.</p>
<p>The method is that of fingerprints (Schleimer, Wilkerson and Aiken 2003), with names matched by their place (Baker 1996).</p>
<h2>What they cannot tell</h2>
<ul>
<li>Who wrote it first, or whether both have it from a third place: a lesson, a forum, a program that writes code.</li>
<li>Anything about short answers, which are alike by necessity. An answer with fewer than {OWN} tokens of its own is not compared,
and so an exercise that asks for one line shows nothing here.</li>
<li>Anything about code that many share. A group of more than {MANY + 2} who hand in the same is not shown.</li>
<li>In a small class, what is usual: with five learners, two who chose the same textbook solution stand out.</li>
</ul>
"""
