"""The command `unrolled`: start, check, grade, doctor, book, release, and sync, lint, data-check, publish for authors.

Exit status: 0 all is well; 1 the work is not finished (points missing, a FAIL, a stale file); 2 it could not be done.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unrolled import __version__, course

if TYPE_CHECKING:
    from unrolled.grading.classroom import Grader, Pool


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status; errors a learner can mend are one message, not a traceback."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except course.CourseError as error:
        print(f"unrolled: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="unrolled",
        description="A course on recurrent neural networks. New here? Run: unrolled start",
        epilog="Exit status: 0 all is well; 1 not finished (points missing, a FAIL); 2 it could not be done.",
    )
    parser.add_argument("--version", action="version", version=f"unrolled {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    start = commands.add_parser(
        "start", help="open the course in JupyterLab, in your own copy", description=_start.__doc__
    )
    start.add_argument("--work", type=Path, default=Path("work"), help="your folder (default: work)")
    start.add_argument("--port", type=int, help="JupyterLab's port (default: the first free one from 8888)")
    start.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
    start.set_defaults(run=_start)

    check = commands.add_parser("check", help="grade a lab, hidden checks included", description=_check.__doc__)
    check.add_argument("lab", type=Path, help="your notebook, e.g. work/labs/02_forward.ipynb")
    check.add_argument("--json", type=Path, metavar="FILE", help="also write the result here")
    check.add_argument("--seed", type=int, help="repeat a run: the seed that run printed")
    check.set_defaults(run=_check)

    grade = commands.add_parser("grade", help="teachers: grade what a class handed in", description=_grade.__doc__)
    grade.add_argument("folder", type=Path, help="a folder or a zip: a file or a folder for each learner, or an export")
    grade.add_argument("--lab", type=_lab, required=True, help="its number, e.g. 02")
    grade.add_argument("--out", type=Path, required=True, help="folder for the results")
    grade.add_argument("--resume", action="store_true", help="go on with the results in --out")
    grade.add_argument("--workers", type=_count, metavar="N", help="processes (default: one for each core)")
    grade.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster instead, e.g. tcp://host:8786")
    grade.add_argument("--seed", type=int, help="of the class, to repeat its hidden checks (default: drawn)")
    grade.add_argument("--unsafe", action="store_true", help="grade even where no sandbox works, or as root")
    grade.add_argument("--late", type=Path, metavar="FILE", help="what handing in late costs (YAML)")
    grade.add_argument("--canvas", type=Path, metavar="FILE", help="gradebook exported from Canvas, to fill in")
    grade.add_argument("--assignment", metavar="TITLE", help="its column in Canvas (default: Lab NN)")
    grade.add_argument("--moodle", type=Path, metavar="FILE", help="grading worksheet from Moodle, to fill in")
    grade.add_argument(
        "--rubric", type=Path, metavar="FILE", help="what is marked by hand (YAML); writes a sheet for it"
    )
    grade.add_argument("--marks", type=Path, metavar="FILE", help="that sheet, filled in")
    grade.set_defaults(run=_grade)

    doctor = commands.add_parser(
        "doctor", help="say what does not work on this machine, and the mend", description=_doctor.__doc__
    )
    doctor.set_defaults(run=_doctor)

    book = commands.add_parser("book", help="build the site from the stored results", description=_book.__doc__)
    book.add_argument("--force", action="store_true", help="build even if nothing changed")
    book.add_argument("--address", metavar="URL", help="where the site will stand, e.g. https://owner.github.io/name/")
    book.add_argument("--repository", metavar="OWNER/NAME", help="its sources on GitHub, for links to Colab and Binder")
    book.add_argument("--branch", default="main", help="branch or tag of the repository (default: main)")
    book.add_argument("--pdf", action="store_true", help="also print the book and each chapter into build/pdf")
    book.set_defaults(run=_book)

    publish = commands.add_parser(
        "publish", help="authors: lay the site beside its other versions", description=_publish.__doc__
    )
    publish.add_argument("site", type=Path, help="a built site, e.g. build/site")
    publish.add_argument("folder", type=Path, help="what is published: a checkout of the branch gh-pages")
    publish.add_argument("--version", required=True, help="a release, e.g. v0.1.0, or: main")
    publish.add_argument(
        "--keep", type=_count, metavar="N", help="remove all but the newest N releases (default: none)"
    )
    publish.set_defaults(run=_publish)

    release = commands.add_parser("release", help="make zips to use offline", description=_release.__doc__)
    release.add_argument("--draft", action="store_true", help="from the state of today, released or not")
    release.add_argument("--wheels", action="store_true", help="also a zip of all packages for a system like this one")
    release.set_defaults(run=_release)

    sync = commands.add_parser(
        "sync", help="authors: make notebooks, labs and solutions from book/", description=_sync.__doc__
    )
    sync.add_argument("--force", action="store_true", help="execute everything, also what is up to date")
    sync.set_defaults(run=_sync)

    lint = commands.add_parser("lint", help="authors: hold the sources to the house rules", description=_lint.__doc__)
    lint.set_defaults(run=_lint)

    data_check = commands.add_parser(
        "data-check", help="authors: make the vendored data anew and compare", description=_data_check.__doc__
    )
    data_check.add_argument("sets", nargs="*", metavar="SET", help="which data sets (default: all)")
    data_check.add_argument("--write", action="store_true", help="write what the recipes make, and its checksums")
    data_check.set_defaults(run=_data_check)
    return parser


def _start(options: argparse.Namespace) -> int:
    """Build the book if it is not built, lay your own copy of the course in a folder, and open JupyterLab on it.

    Your files are never overwritten. An updated lab appears beside the one you edited.
    """
    from unrolled import workspace
    from unrolled.authoring import book

    root = course.root()
    site = book.build(root)
    for note in workspace.lay(root, options.work):
        print(note)
    print(f"Your copy:  {options.work.resolve()}")
    print(f"The book:   {workspace.serve_site(site)}", flush=True)
    screen = sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return workspace.open_jupyterlab(options.work, port=options.port, browser=screen and not options.no_browser)


def _check(options: argparse.Namespace) -> int:
    """Grade a lab: your answers in a fresh notebook, all checks, points for each exercise. Your file is only read.

    Exit status: 0 all points, 1 points are missing, 2 the file could not be graded.
    """
    from unrolled.grading.engine import check_file
    from unrolled.grading.report import to_text

    print(f"Grading {options.lab} ...", file=sys.stderr, flush=True)
    result = check_file(options.lab, seed=options.seed)
    print(to_text(result))
    if options.json:
        options.json.write_text(result.to_json(), encoding="utf-8")
    return 0 if result.points >= result.possible else 1


def _lab(text: str) -> str:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no lab; give its number, e.g. 02")
    return f"{int(text):02d}"


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes; give 1 or more")
    return int(text)


def _grade(options: argparse.Namespace) -> int:
    """Grade what a class handed in, each file in a sandbox, and write scores, pages and exports. The files are only read.

    Results are stored one by one: after a crash or Ctrl-C, the same command with --resume goes on. Exit status: 0 every file
    was graded, 1 some could not be graded and --resume tries them again, 2 it could not be done, 130 interrupted.
    """
    from contextlib import closing

    from tqdm import tqdm

    from unrolled.grading import classroom, results_folder
    from unrolled.grading.intake import handed_in

    grader = classroom.course_grader(options.lab, unsafe=options.unsafe)
    version = grader.version()
    wishes = results_folder.read_wishes(
        options.lab,
        late=options.late,
        canvas=options.canvas,
        assignment=options.assignment,
        moodle=options.moodle,
        rubric=options.rubric,
        marks=options.marks,
    )
    files = sum(1 for _ in handed_in(options.folder, options.lab))
    try:
        with (
            closing(_pool(options, grader, version)) as pool,
            classroom.open_gradebook(options.out, options.lab, resume=options.resume, seed=options.seed) as book,
        ):
            # Time left is for what is graded now; what is stored already took none.
            with tqdm(total=files, desc=f"Lab {options.lab}", unit="file", smoothing=0, disable=None) as bar:

                def tell(fresh: bool) -> None:
                    if not bar.disable:
                        bar.initial += not fresh
                    bar.update()

                ran = classroom.grade_class(handed_in(options.folder, options.lab), book, pool, version, tell=tell)
            if ran.interrupted:
                print(f"{len(book)} of {files} results are stored in {book.path}.", file=sys.stderr)
                raise KeyboardInterrupt
            notes = results_folder.write_reports(
                options.out, book, lambda: handed_in(options.folder, options.lab), wishes
            )
            print(
                "\n".join([*results_folder.summary(book, ran), *notes, f"Start with {options.out / 'overview.html'}"])
            )
            return 1 if book.unsettled() else 0
    except KeyboardInterrupt:  # at any moment, also between two files and while the pages are written
        print("Stopped. To go on: the same command with --resume.", file=sys.stderr)
        return 130


def _pool(options: argparse.Namespace, grader: "Grader", version: str) -> "Pool":
    """Return the workers a class is graded by, and print the sandbox they use."""
    if options.scheduler:
        from unrolled.grading.cluster import Cluster

        pool = Cluster(options.scheduler, grader, version)
        print(f"Sandbox of the cluster's workers: {', '.join(pool.rooms)}", flush=True)
        return pool
    from unrolled.grading.workers import Workers, cores

    print(f"Sandbox: {grader.room()}", flush=True)
    return Workers(grader, options.workers or cores())


def _doctor(options: argparse.Namespace) -> int:
    """Look at Python, packages, memory, data, the notebook kernel and optional tools; print OK or FAIL with the mend."""
    from unrolled import doctor

    failed = False
    for finding in doctor.examine():
        print(finding, flush=True)
        failed |= finding.state == "FAIL"
    return 1 if failed else 0


def _book(options: argparse.Namespace) -> int:
    """Build the site into build/site from the stored results. Nothing is executed and nothing is fetched."""
    from unrolled.authoring import book, pdf
    from unrolled.authoring.publication import Publication

    root = course.root()
    publication = Publication(options.address, options.repository, options.branch)
    site = book.build(root, force=options.force, publication=publication)
    if options.pdf:
        print(pdf.publish(root, site) / pdf.BOOK)
    print(site / "index.html")
    return 0


def _publish(options: argparse.Namespace) -> int:
    """Lay a built site into the folder that is published: the newest release at its root, every version in its own folder.

    Nothing is sent anywhere: commit and push the folder, as .github/workflows/pages.yml does.
    """
    from unrolled.authoring.publish import publish

    print("\n".join(publish(options.site, options.folder, options.version, keep=options.keep)))
    return 0


def _release(options: argparse.Namespace) -> int:
    """Make build/release/unrolled-VERSION.zip, which a teacher uses without a network, and one for learners.

    Inside: the site, notebooks and labs, the course as a wheel, the lock, and OFFLINE.md, which says how to begin. The one for
    learners lacks the solutions. With --wheels, a third zip holds every package for a system like this one.
    """
    from unrolled.authoring.release import release

    for path in release(course.root(), draft=options.draft, wheels=options.wheels):
        print(path)
    return 0


def _sync(options: argparse.Namespace) -> int:
    """Make notebooks/, labs/ and solutions/ from the sources under book/, executing only what changed."""
    from unrolled.authoring.sync import sync

    for path in sync(course.root(), force=options.force):
        print(f"wrote {path}")
    return 0


def _lint(options: argparse.Namespace) -> int:
    """Hold the sources to the house rules: parts, cell length, alt text, plain words, spelling, code style."""
    from unrolled.authoring.lint import lint

    problems = lint(course.root())
    print("\n".join(problems) or "The sources keep the house rules.")
    return 1 if problems else 0


def _data_check(options: argparse.Namespace) -> int:
    """Check all vendored data against its checksums; then make each extract anew from its packages and compare bytes.

    The packages are downloaded into build/packages (about 500 MB in all). Without a network the second half is left out.
    """
    from unrolled import data
    from unrolled.data.making import packages, rederive

    cache = course.root() / "build" / "packages"
    failed = False
    for source in rederive.sources(options.sets):
        problems = [] if options.write else data.verify(source.name)
        state = "checksums right"
        if source.packages and not problems:
            try:
                made = rederive.make(source, cache)
            except packages.NoNetworkError as error:
                state += f"; not made anew: {error}"
            else:
                if options.write:
                    rederive.write(source.name, made)
                problems, state = rederive.compare(source, made), state + "; made anew, the same bytes"
        print("\n".join(problems) or f"{source.name}: {state}", flush=True)
        failed |= bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
