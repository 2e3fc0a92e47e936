"""Invented people: common first names and made-up surnames, from organisations of the register. The same on every run."""

import random
from dataclasses import dataclass
from pathlib import Path

import yaml

from services.registration.actions.needs import Wants
from shared.i18n import sort_key

_FACTS = yaml.safe_load((Path(__file__).parent / "people.yaml").read_text())
ORGANISATIONS: tuple[str, ...] = tuple(_FACTS["organisations"])
"""The 33 that took part in the finished project; those of the coming ones are among them."""

_PLAIN = str.maketrans({"{": "a", "|": "a", "}": "o", " ": ""})


@dataclass(frozen=True)
class Invented:
    """Somebody who does not exist."""

    name: str
    email: str
    organisation: str
    wants: Wants


def invent(seed: str, organisations: list[str]) -> list[Invented]:
    """One person for each of `organisations`, in their order; no two have the same name."""
    chance = random.Random(seed)  # noqa: S311 (a demonstration that is the same everywhere, no secret)
    surnames = [begin + end for begin in _FACTS["surname_begins"] for end in _FACTS["surname_ends"] if begin.casefold() != end]
    names = [f"{chance.choice(_FACTS['first_names'])} {surname}" for surname in chance.sample(surnames, len(organisations))]
    return [
        Invented(name, _address(name, organisation), organisation, _wants(chance))
        for name, organisation in zip(names, organisations, strict=True)
    ]


def _address(name: str, organisation: str) -> str:
    person = ".".join(sort_key(part).translate(_PLAIN) for part in name.split())
    return f"{person}@{sort_key(organisation).translate(_PLAIN)}.example"


def _wants(chance: random.Random) -> Wants:
    """About one in four has something to tell."""
    if chance.random() > 0.25:
        return Wants()
    diets = chance.choice(
        [("vegetarian",), ("vegan",), ("gluten_free",), ("lactose_free",), ("vegetarian", "gluten_free"), ("no_nuts",)]
    )
    return Wants(diets, chance.choice(["", "", "", "Behöver hörslinga", "Kommer med rullstol", "Allergisk mot selleri"]))
