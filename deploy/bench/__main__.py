"""`python -m deploy.bench [PART ...]`: measure, print the table, write JSON. Without PART all are measured."""

import argparse
import importlib
import time
from pathlib import Path

from deploy.bench.ground import ground
from deploy.bench.report import Result, cpu_table, machine, table, write_json

PARTS = ("messaging", "web", "mail", "whole", "scale", "idle")
PROFILES = Path("var/profiles")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--repeats", type=int, default=3, help="measurements of each figure and its floor (3)")
    parser.add_argument("--json", type=Path, default=Path("var/bench.json"), help="where the figures are written")
    parser.add_argument("--profile", action="store_true", help=f"have py-spy draw in {PROFILES} what every process does; slower")
    arguments = parser.parse_args()
    results: list[Result] = []
    started = time.monotonic()
    with ground(PROFILES if arguments.profile else None) as here:
        for part in arguments.parts or PARTS:
            print(f"{time.monotonic() - started:5.0f} s  {part}", flush=True)
            for result in importlib.import_module(f"deploy.bench.figures.{part}").measure(here, arguments.repeats):
                print(f"{result.name}: {result.figure:.4g} {result.unit}, {result.ratio:.2f} of the floor", flush=True)
                results.append(result)
    print(f"{time.monotonic() - started:5.0f} s  done")
    write_json(results, arguments.json)
    print(f"\n{table(results)}\n\n{cpu_table(results)}\n\nMeasured on {machine()}.")


if __name__ == "__main__":
    main()
