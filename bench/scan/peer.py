"""Runs one peer on each path that standard input names, as its command line would, in one process.

    python peer.py TOOL < paths.txt > outcomes.json

Writes {path: [exit code, seconds]}. A crash counts as exit code 2, as the tools themselves do.
"""

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

for name in ("PROMPTFOO_DISABLE_TELEMETRY", "NO_ANALYTICS", "DO_NOT_TRACK", "CI", "NO_COLOR"):
    os.environ[name] = "1"

SECONDS = 120


def exit_code(run):
    try:
        code = run()
    except SystemExit as stopped:
        code = stopped.code
    except TimeoutError:
        raise
    except Exception:
        return 2
    return code if isinstance(code, int) else 0


def picklescan():
    from picklescan import cli

    def scan(path):
        sys.argv = ["picklescan", "-p", path, "-l", "CRITICAL"]
        return cli.main()

    return scan


def fickling():
    from fickling.cli import main

    report = os.path.join(tempfile.mkdtemp(), "report.json")
    return lambda path: main(["fickling", "--check-safety", "--json-output", report, path])


def modelscan():
    from modelscan.cli import cli

    return lambda path: cli.main(["scan", "-p", path], standalone_mode=False)


def modelaudit():
    from modelaudit.cli import cli

    return lambda path: cli.main(["scan", "--no-cache", "--quiet", "--format", "json", path], standalone_mode=False)


def files_of(path, tool):
    """fickling takes one file at a time."""
    if tool != "fickling" or not Path(path).is_dir():
        return [path]
    return [str(each) for each in sorted(Path(path).rglob("*")) if each.is_file()]


def main(tool):
    scan = {"picklescan": picklescan, "fickling": fickling, "modelscan": modelscan, "modelaudit": modelaudit}[tool]()

    def late(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    # The tools write to the file descriptors, and one of them judges otherwise without any.
    answer = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    outcomes = {}
    for path in sys.stdin.read().splitlines():
        started = time.perf_counter()
        signal.alarm(SECONDS)
        try:
            codes = [exit_code(lambda each=each: scan(each)) for each in files_of(path, tool)]
            code = 1 if 1 in codes else max(codes)
        except TimeoutError:
            code = 2
        finally:
            signal.alarm(0)
        outcomes[path] = [code, time.perf_counter() - started]
    with os.fdopen(answer, "w") as file:
        json.dump(outcomes, file)


if __name__ == "__main__":
    main(sys.argv[1])
