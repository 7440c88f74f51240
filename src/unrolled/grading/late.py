"""What handing in late costs, by a rule in one small YAML file:

    due: 2026-03-02 23:59
    time_zone: Europe/Lisbon
    grace_minutes: 15            # optional; the clock starts when they have passed
    percent: 10                  # of the points the lab offers, for each day or hour that has started
    per: day                     # or hour; a day is 24 hours
    cap: 50                      # optional; no more than this is taken, in percent
    latest: 2026-03-09 23:59     # optional; what comes later earns nothing
    extensions:                  # optional; a learner's own due time, `latest` moves along
      ana: 2026-03-05 23:59

The percentage is of the points possible and a step counts once it has begun, as in Canvas (Instructor Guide, "How do I
apply a Late Submission policy in the Gradebook?"), so a rule can be copied from there. Nothing here changes a grade: the
gradebook holds what was earned, and the exports take the penalty off.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path

from unrolled.grading import rulefile

_STEPS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}
_KEYS = ("due", "time_zone", "grace_minutes", "percent", "per", "cap", "latest", "extensions")


@dataclass(frozen=True)
class Rule:
    """What handing in late costs.

    Attributes:
        due: with a time zone, like all times here.
        grace: nothing is taken until it has passed, and the steps are counted from its end.
        percent: of the points possible, for each step that has started.
        per: "day" (24 hours) or "hour".
        cap: the most that is taken, in percent.
        latest: what comes later earns nothing; None if everything is accepted.
        extensions: learner to due time.
    """

    due: datetime
    grace: timedelta
    percent: float
    per: str
    cap: float = 100.0
    latest: datetime | None = None
    extensions: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Penalty:
    """What is taken from one learner's points.

    Attributes:
        percent: of the points possible.
        accepted: False if it came after the latest time.
        note: one sentence for the learner and the teacher; empty if there is nothing to say.
    """

    percent: float = 0.0
    accepted: bool = True
    note: str = ""

    def taken(self, points: float, possible: float) -> float:
        """Points to take from `points` earned of `possible`; never more than were earned."""
        return points if not self.accepted else min(points, possible * self.percent / 100)


def penalty(rule: Rule | None, handed_in_at: datetime | None, learner: str) -> Penalty:
    """Return what a learner loses. Without a rule, or if nothing tells the time, it is nothing.

    Args:
        rule: as `read_rule` gives it.
        handed_in_at: with a time zone, or None.
        learner: whose extension to look for.
    """
    if rule is None:
        return Penalty()
    if handed_in_at is None:
        return Penalty(note="Nothing tells when this was handed in, so no points were taken for being late.")
    due = rule.extensions.get(learner, rule.due)
    if rule.latest is not None and handed_in_at > rule.latest + (due - rule.due):
        return Penalty(accepted=False, note="Handed in after the latest time that is accepted: no points.")
    over = handed_in_at - (due + rule.grace)
    if over <= timedelta(0):
        return Penalty()
    steps = ceil(over / _STEPS[rule.per])
    percent = min(steps * rule.percent, rule.cap)
    capped = ", the most that is taken" if steps * rule.percent > rule.cap else ""
    late = f"{steps} {rule.per}{'s' if steps > 1 else ''}"
    return Penalty(percent, note=f"Late by {late} begun: {percent:g}% of the points possible{capped}.")


def unused_extensions(rule: Rule | None, learners: Iterable[str]) -> list[str]:
    """Return the learners with an extension whom nobody handed in for: a misspelt id would go unnoticed."""
    return sorted(set(rule.extensions) - set(learners)) if rule else []


def read_rule(path: Path) -> Rule:
    """Read a rule.

    Raises:
        CourseError: unreadable, or it breaks a rule of its own; with the line and what is allowed.
    """
    given = rulefile.read(path, _KEYS)
    zone = given.zone("time_zone")
    due = given.time("due", zone)
    latest = given.time("latest", zone) if "latest" in given else None
    if latest is not None and latest < due:
        raise given.wrong("latest", "a time after `due`")
    per = given.text("per")
    if per not in _STEPS:
        raise given.wrong("per", "day or hour")
    extensions = {}
    if "extensions" in given:
        own = given.block("extensions")
        extensions = {learner: own.time(learner, zone) for learner in own.values}
        for learner, until in extensions.items():
            if until < due:
                raise own.wrong(learner, "a time after `due`; an extension never makes it earlier")
    return Rule(
        due=due,
        grace=timedelta(minutes=given.number("grace_minutes", 0, 7 * 24 * 60, default=0)),
        percent=given.number("percent", 0, 100),
        per=per,
        cap=given.number("cap", 0, 100, default=100),
        latest=latest,
        extensions=extensions,
    )
