"""Which counts may be shown: small ones are hidden so that nobody can be pointed out, not even by subtraction.

Everybody may know these rules and how many answered in all. Tests try every set of answers that gives the same result
and demand that each hidden count could have been another one.
"""

from collections.abc import Sequence

Shown = tuple[int | None, ...]
"""Counts in the order of the alternatives; None: hidden."""


def suppress(counts: Sequence[int], threshold: int) -> Shown:
    """`counts` with every small one hidden, and one more where the total would give it away.

    A count is small when somebody, but fewer than `threshold`, answered so. That nobody answered so is shown.
    """
    large = sorted(count for count in counts if count >= threshold)
    small = [count for count in counts if 0 < count < threshold]
    # 1. Nothing to show but zeros, which would narrow the rest down.
    if not large:
        return (None,) * len(counts)
    # 2. The hidden ones' sum is known to all. Several small counts share it in different ways...
    if not small or (len(small) > 1 and len(small) < sum(small) < len(small) * (threshold - 1)):
        return tuple(None if 0 < count < threshold else count for count in counts)
    # 3. ...but one alone, or all ones, or all just under the threshold, do not: hide the next larger too. All that are
    #    equal to it go together: then the hidden counts could stand in any order, and none is known.
    return tuple(None if 0 < count <= large[0] else count for count in counts)


def safe_mean(grades: Sequence[int], lowest: int, highest: int) -> float | None:
    """The mean with one decimal, for a scale whose counts are hidden; None when it would tell what one person answered.

    That is when everybody but one gave the same grade at an end: the sum then leaves only one way.
    """
    total = sum(grades)
    if total in {lowest * len(grades) + 1, highest * len(grades) - 1}:
        return None
    return round(total / len(grades), 1)
