"""A grade in words, for the terminal."""

from unrolled.grading.result import ExerciseResult, Grade


def to_text(grade: Grade) -> str:
    """Points for each exercise; for what is wrong, the check's name and the likely mistake."""
    lines = [f"Lab {grade.lab}: {grade.points:g} of {grade.possible:g} points", ""]
    for exercise in grade.exercises:
        lines.append(
            f"  Exercise {exercise.exercise}  {exercise.title:<20} {exercise.points:g} of {exercise.possible:g}  {exercise.status}"
        )
        lines += _wrong(exercise)
    lines += [f"\nNote: {note}" for note in grade.notes]
    if grade.points < grade.possible:
        lines += [
            "",
            f"Hidden checks draw new numbers each time; --seed {grade.seed} repeats these. Your file was not changed.",
        ]
    return "\n".join(lines)


def _wrong(exercise: ExerciseResult) -> list[str]:
    lines, said = [], set()
    for check in exercise.checks:
        if check.right:
            continue
        kind = "hidden: " if check.hidden else ""
        lines.append(f"      WRONG  {kind}{check.name}")
        # An unwritten answer fails every check for one reason.
        hint = "same reason as above" if check.hint in said else check.hint
        lines += [f"             {line}" for line in hint.split("\n")]
        said.add(check.hint)
    return lines
