"""`python -m tests.fuzz TARGET`: fuzz one target for FUZZ_SECONDS, with atheris where it is.

What is worth keeping goes to .fuzz/TARGET/, an input that is a finding to .fuzz/. Named after the
target, such a file is run once: `python -m tests.fuzz TARGET FILE`.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import time
from importlib.util import find_spec
from pathlib import Path

KEPT = Path(".fuzz")


def main(name: str, *files: str) -> None:
    """Fuzz, or run what was found before. Ends the process."""
    seconds = int(os.environ.get("FUZZ_SECONDS", "600"))
    if files:
        from tests.fuzz.targets import run

        for file in files:
            run(name, Path(file).read_bytes())
    elif find_spec("atheris"):
        _guided(name, seconds)
    else:
        _blind(name, seconds)


def _guided(name: str, seconds: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["newsarchive", "bs4", "yaml"]):
        from tests.fuzz.targets import run
    from tests.fuzz.seeds import DICTIONARY, seeds

    corpus = KEPT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for data in seeds(name):
        (corpus / hashlib.sha1(data).hexdigest()).write_bytes(data)
    options = [
        f"-max_total_time={seconds}",
        f"-dict={DICTIONARY}",
        f"-artifact_prefix={KEPT}/{name}-",
        "-timeout=10",
        f"-max_len={2_048 if name == 'body' else 65_536}",  # html5lib, which checks it, is slow
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: run(name, data))
    atheris.Fuzz()


def _blind(name: str, seconds: int) -> None:
    from tests.fuzz.mutation import inputs
    from tests.fuzz.targets import run

    print("no atheris here: mutations without guidance")
    seed = random.randrange(2**32)
    end = time.monotonic() + seconds
    for count, data in enumerate(inputs(name, random.Random(seed))):
        if time.monotonic() > end:
            print(f"{name}: {count} inputs, nothing found")
            return
        try:
            run(name, data)
        except Exception:
            KEPT.mkdir(exist_ok=True)
            found = KEPT / f"{name}-crash-{hashlib.sha1(data).hexdigest()}"
            found.write_bytes(data)
            print(f"{name}: {found}", file=sys.stderr)
            raise


main(*sys.argv[1:])
