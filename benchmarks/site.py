"""Ask Lighthouse how good the built site is: four pages, as on a phone and on a desktop, three runs each.

python benchmarks/site.py                                # the front page, the heaviest lesson and lab, the ledger
python benchmarks/site.py lessons/11_gru.html            # other pages
python benchmarks/site.py index.html --only phone --why  # one device, and what costs points

Needs node and Chromium (or CHROME_PATH), and the network the first time: npm puts Lighthouse into build/lighthouse.
The site of `make book` is served as a host would, text compressed by gzip. Lighthouse slows network and processor of
the phone in simulation. Exit status 1: a score's median is below 95.
"""

import argparse
import functools
import gzip
import http.server
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from statistics import median

from unrolled.authoring.book import build
from unrolled.doctor import BROWSERS

ROOT = Path(__file__).parents[1]
LIGHTHOUSE = "12.8.2"
GOAL = 95
SCORES = ("performance", "accessibility", "best-practices", "seo")
# The metrics a reader feels: when something shows, when the largest part shows, how long scripts block, what jumps.
METRICS = {
    "first-contentful-paint": ("first paint, s", 1000, 2),
    "largest-contentful-paint": ("largest paint, s", 1000, 2),
    "total-blocking-time": ("blocked, ms", 1, 0),
    "cumulative-layout-shift": ("shift", 1, 3),
    "total-byte-weight": ("sent, kB", 1000, 0),
}
DEVICES = {"phone": [], "desktop": ["--preset=desktop"]}
TEXT = {".html", ".css", ".js", ".svg", ".json", ".xml", ".txt"}


def main() -> int:
    """Print a table as Markdown; exit status 1 when a score is below the goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", help="addresses within the site, e.g. lessons/11_gru.html")
    parser.add_argument("--only", choices=DEVICES, help="one device (default: both)")
    parser.add_argument("--runs", type=int, default=3, help="of each page on each device (default: 3)")
    parser.add_argument("--why", action="store_true", help="also print which audits cost points")
    options = parser.parse_args()
    site, lighthouse = build(ROOT), _lighthouse()
    pages = options.pages or ["index.html", _heaviest(site, "lessons"), _heaviest(site, "labs"), "appendix/claims.html"]
    print(_machine(), "\n")
    print(f"| page | on | {' | '.join([*SCORES, *(name for name, _, _ in METRICS.values())])} |")
    print("|---|---|" + "---:|" * (len(SCORES) + len(METRICS)))
    low = []
    with served(site) as address:
        for page in pages:
            for device in [options.only] if options.only else DEVICES:
                reports = [_report(lighthouse, address + page, device) for _ in range(options.runs)]
                scores = [[100 * report["categories"][name]["score"] for report in reports] for name in SCORES]
                low += [
                    f"{page} ({device}): {name}" for name, of in zip(SCORES, scores, strict=True) if median(of) < GOAL
                ]
                cells = [_with_spread(of, 0) for of in scores] + [_metric(reports, audit) for audit in METRICS]
                print(f"| {page} | {device} | {' | '.join(cells)} |", flush=True)
                if options.why:
                    print("\n".join(_lost(reports[-1])), file=sys.stderr)
    print(f"\nGoal: {GOAL} everywhere. " + (f"Missed: {'; '.join(low)}." if low else "Reached."))
    return 1 if low else 0


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve the site on a free local port as a host does: text compressed, connections kept; yield the address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Host, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class _Host(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = _compressed(path) if path.suffix in TEXT else path.read_bytes()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")  # what GitHub Pages says
        if path.suffix in TEXT:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@functools.cache
def _compressed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes())


def _lighthouse() -> Path:
    """Return Lighthouse's command, fetched by npm the first time."""
    folder = ROOT / "build" / "lighthouse"
    command = folder / "node_modules" / ".bin" / ("lighthouse.cmd" if os.name == "nt" else "lighthouse")
    if not command.exists():
        folder.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm") or sys.exit("This benchmark needs node and npm: https://nodejs.org")
        subprocess.run([npm, "install", "--silent", "--prefix", folder, f"lighthouse@{LIGHTHOUSE}"], check=True)
    return command


def _heaviest(site: Path, folder: str) -> str:
    return max((site / folder).glob("*.html"), key=lambda page: page.stat().st_size).relative_to(site).as_posix()


def _report(lighthouse: Path, address: str, device: str) -> dict:
    flags = ["--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium has none for root
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch, "report.json")
        command = [lighthouse, address, "--quiet", "--output=json", f"--output-path={output}", *DEVICES[device]]
        command += [f"--only-categories={','.join(SCORES)}", f"--chrome-flags={' '.join(flags)}"]
        run = subprocess.run(command, env=os.environ | {"CHROME_PATH": _chromium()}, capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"Lighthouse did not finish on {address}:\n{run.stderr}")
        report = json.loads(output.read_text(encoding="utf-8"))
    if "runtimeError" in report:
        sys.exit(f"Lighthouse could not judge {address}: {report['runtimeError']['message']}")
    return report


@functools.cache
def _chromium() -> str:
    found = os.environ.get("CHROME_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or sys.exit(f"No browser: set CHROME_PATH, or install one of {', '.join(BROWSERS)}.")


def _metric(reports: list[dict], audit: str) -> str:
    _, unit, digits = METRICS[audit]
    return _with_spread([report["audits"][audit]["numericValue"] / unit for report in reports], digits)


def _with_spread(values: list[float], digits: int) -> str:
    low, middle, high = (f"{pick(values):.{digits}f}" for pick in (min, median, max))
    return middle if low == high else f"{middle} ({low}-{high})"


def _lost(report: dict) -> list[str]:
    """Say which audits that weigh in a score, or would save time, a report did not pass, and where."""
    lines = []
    for name in SCORES:
        for part in report["categories"][name]["auditRefs"]:
            audit = report["audits"][part["id"]]
            saves = any(audit.get("metricSavings", {}).values())
            if audit["score"] is not None and audit["score"] < 0.9 and (part["weight"] or saves):
                lines.append(f"  {name}: {part['id']} (weight {part['weight']}) {audit.get('displayValue', '')}")
                lines += [f"    {_place(item)}" for item in audit.get("details", {}).get("items", [])[:6]]
    return lines


def _place(item: dict) -> str:
    node = item.get("node") or {}
    shown = {key: value for key, value in item.items() if isinstance(value, int | float | str)}
    return " ".join(filter(None, [node.get("snippet", "")[:160], json.dumps(shown)[:240]]))


def _machine() -> str:
    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    chromium = subprocess.run([_chromium(), "--version"], capture_output=True, text=True).stdout.strip()
    node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    load = f"; load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    processor = models[0] if models else platform.processor()
    return (
        f"{processor}, {os.cpu_count()} cores, {platform.system()}; Lighthouse {LIGHTHOUSE}, node {node}, "
        f"{chromium}{load}."
    )


def _lines(file: str) -> list[str]:
    return Path(file).read_text().splitlines() if Path(file).exists() else []


if __name__ == "__main__":
    sys.exit(main())
