"""What the benchmark says: a table for people, JSON for the record."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from deploy.bench.measure import Pair


@dataclass(frozen=True)
class Result:
    """One figure against its floor and its target."""

    name: str
    figure: float
    floor: float
    unit: str
    ratio: float
    target: float
    """0: none; it is told for the sake of the others."""
    better: Literal["higher", "lower"]
    cpu: Mapping[str, float] = field(default_factory=dict)
    """Microseconds of CPU a unit, by process."""
    floor_cpu: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, pair: Pair, unit: str, target: float, better: Literal["higher", "lower"] = "higher") -> "Result":
        """A pair as a figure of the report."""
        return cls(name, pair.figure, pair.floor, unit, pair.ratio, target, better, pair.cpu, pair.floor_cpu)

    @property
    def met(self) -> bool:
        return self.ratio >= self.target if self.better == "higher" else self.ratio <= self.target


def table(results: Iterable[Result]) -> str:
    """A Markdown table of figures, floors, ratios, targets and verdicts."""
    lines = ["| figure | measured | floor | ratio | target | verdict |", "| --- | --: | --: | --: | --: | --- |"]
    for r in results:
        sign = "≥" if r.better == "higher" else "≤"
        measured, floor = f"{_short(r.figure)} {r.unit}", f"{_short(r.floor)} {r.unit}"
        target, verdict = (f"{sign} {r.target:g}", "met" if r.met else "NOT MET") if r.target else ("–", "")
        lines.append(f"| {r.name} | {measured} | {floor} | {r.ratio:.2f} | {target} | {verdict} |")
    return "\n".join(lines)


def cpu_table(results: Iterable[Result]) -> str:
    """A Markdown table of the CPU that a unit costs, by process."""
    lines = ["| figure | CPU a unit, µs | of its floor |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {r.name} | {_shares(r.cpu)} | {_shares(r.floor_cpu)} |" for r in results if r.cpu)])


def machine() -> str:
    """What it was measured on, for the caption."""
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"


def write_json(results: Sequence[Result], file: Path) -> None:
    """The same as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(r) | {"met": r.met} for r in results]
    file.write_text(json.dumps({"machine": machine(), "results": rows}, indent=2, ensure_ascii=False) + "\n")


def _short(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ") if abs(number) >= 100 else f"{number:.3g}"


def _shares(cpu: Mapping[str, float]) -> str:
    total = f"{_short(sum(cpu.values()))}: " if len(cpu) > 1 else ""
    return total + ", ".join(f"{name} {_short(used)}" for name, used in cpu.items())
