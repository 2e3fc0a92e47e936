"""The day's programme as staff write it: one point a line, "09.30 Kaffe och registrering / Kim Ek"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

_LINE = re.compile(r"(?:kl\.?\s*)?(\d{1,2})[.:](\d{2})(?:\s*[-–]\s*\d{1,2}[.:]\d{2})?\s+(\S.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Point:
    """When it starts, on the activity's own clocks; what it is; and who speaks, if anybody."""

    starts: time
    title: str
    speaker: str = ""


class Unreadable(ValueError):
    """A line that is no point of a programme; `number` counts from 1."""

    def __init__(self, number: int, line: str) -> None:
        super().__init__(line)
        self.number = number
        self.line = line


def read_programme(text: str) -> list[Point]:
    """The points in order of time; a time of end ("09.30–10.00") is not kept. Raises `Unreadable` for the first bad line."""
    points = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.strip())
        if not found or int(found[1]) > 23 or int(found[2]) > 59:
            raise Unreadable(number, line.strip())
        title, _, speaker = found[3].partition(" / ")
        points.append(Point(time(int(found[1]), int(found[2])), title.strip(), speaker.strip()))
    return sorted(points, key=lambda point: point.starts)


def write_programme(points: Iterable[Point]) -> str:
    """The lines that `read_programme` reads."""
    return "\n".join(f"{point.starts:%H.%M} {point.title}" + (f" / {point.speaker}" if point.speaker else "") for point in points)


def read_lines(text: str) -> list[str]:
    """One item a line; bullets that come along when people paste are dropped, and so are repeated items."""
    items = [re.sub(r"^\s*[-*•–]\s+", "", line).strip() for line in text.splitlines()]
    return list(dict.fromkeys(item for item in items if item))
