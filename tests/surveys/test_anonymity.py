"""Attempts to find out who answered what, by somebody who may read the whole database, the log, and every event.

Each person writes a word of their own and answers in a known order, each in a transaction of their own, as on the web.
"""

import base64
import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Boolean, LargeBinary, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, sessionmaker

from deploy.local.program import free_port
from services.surveys.actions.answering import answer
from services.surveys.actions.closing import close_survey
from services.surveys.models import Ballot, Base, Invitation, Mode, Response, Slip, Survey
from shared.database import KERNEL
from shared.secrets import hash_token, unseal
from shared.service import Service
from shared.testing import Databases, until
from tests.surveys.cast import NOW, attended, form_of, full_answer, handle, open_survey, people, released, survey_of, tokens

CROWD = 40


class Poll:
    """A survey that has been sent, and who answers it with which word, in order."""

    def __init__(self, sessions: sessionmaker[Session], mode: Mode, crowd: int = CROWD) -> None:
        self.sessions = sessions
        with sessions.begin() as session:
            self.survey: Survey = open_survey(session, people(crowd), mode)
            self.tokens = tokens(session)
        self.words = {person: f"ordet{number:03}" for number, person in enumerate(self.tokens)}

    def answer(self, persons: Sequence[UUID]) -> None:
        for person in persons:
            given = full_answer(self.survey.questions, words=self.words[person])
            with self.sessions.begin() as session:
                answer(session, self.tokens[person], given, now=NOW)

    def close(self) -> None:
        with self.sessions.begin() as session:
            close_survey(session, self.survey.id, now=NOW)

    def read(self, query: str) -> list[Any]:
        with self.sessions() as session:
            return list(session.execute(text(query), {"survey": self.survey.id}))

    def everything(self, *, but: Sequence[str] = ()) -> dict[str, list[str]]:
        """All rows of all tables as text, with the transaction that wrote each."""
        names = [name for name in (*KERNEL.tables, *Base.metadata.tables) if name not in but]
        return {
            name: sorted(f"{row.xmin} {row.all}" for row in self.read(f"SELECT xmin, t::text AS all FROM {name} t"))
            for name in names
        }


@pytest.fixture(params=["tracked", "strict"])
def poll(request: pytest.FixtureRequest, committing: sessionmaker[Session]) -> Poll:
    return Poll(committing, request.param)


def agreement(one: Sequence[Any], other: Sequence[Any]) -> float:
    """Spearman's correlation of two orders of the same things: 1 the same, -1 backwards, near 0 unrelated."""
    place = {thing: number for number, thing in enumerate(other)}
    n = len(one)
    return 1 - 6 * sum((number - place[thing]) ** 2 for number, thing in enumerate(one)) / (n * (n * n - 1))


def test_no_table_that_has_to_do_with_answers_holds_a_time_or_a_number_that_counts() -> None:
    for model in (Invitation, Slip, Ballot, Response):
        kinds = {column.name: type(column.type) for column in model.__table__.columns}
        assert set(kinds.values()) <= {Uuid, LargeBinary, Text, Boolean, JSONB}, kinds
    assert {column.name for column in Response.__table__.columns} == {"id", "survey_id", "answers"}
    assert [key.column.table.name for key in Response.__table__.foreign_keys] == ["surveys"]


def test_ids_are_random(poll: Poll) -> None:
    order = list(poll.tokens)
    poll.answer(order)
    assert {row.id.version for row in poll.read("SELECT id FROM ballots")} == {4}
    poll.close()
    found = poll.read("SELECT id FROM responses ORDER BY id")
    assert {row.id.version for row in found} == {4}
    by_id = [word_of(row.answers) for row in poll.read("SELECT answers FROM responses ORDER BY id")]
    assert abs(agreement(by_id, [poll.words[person] for person in order])) < 0.75


def test_while_open_no_answer_can_be_read_anywhere(poll: Poll) -> None:
    poll.answer(list(poll.tokens)[:12])

    dump = json.dumps(poll.everything(), default=str)
    assert "ordet" not in dump
    assert "ordet" not in str([base64.urlsafe_b64decode(row.sealed) for row in poll.read("SELECT sealed FROM ballots")])


def test_a_sealed_answer_needs_the_key_and_tells_neither_time_nor_length(poll: Poll) -> None:
    one, other = list(poll.tokens)[:2]
    poll.words[other] = "långt " * 100
    poll.answer([one, other])

    sealed = [row.sealed for row in poll.read("SELECT sealed FROM ballots")]
    with pytest.raises(InvalidToken):
        unseal(sealed[0], key=Fernet.generate_key().decode())
    assert {struct.unpack(">Q", base64.urlsafe_b64decode(each)[1:9])[0] for each in sealed} == {0}
    assert len({len(each) for each in sealed}) == 1


def test_answering_leaves_no_trace_but_slip_and_ballot(poll: Poll) -> None:
    person = next(iter(poll.tokens))
    before = poll.everything(but=("slips", "ballots"))
    slips = {row.token_hash: row.spent for row in poll.read("SELECT * FROM slips")}

    poll.answer([person])

    assert poll.everything(but=("slips", "ballots")) == before
    changed = {row.token_hash for row in poll.read("SELECT * FROM slips") if slips[row.token_hash] != row.spent}
    assert changed == {hash_token(poll.tokens[person])}


def test_once_closed_the_transactions_tell_nothing(poll: Poll) -> None:
    poll.answer(list(poll.tokens)[:30])
    poll.close()

    assert poll.read("SELECT count(DISTINCT xmin::text) AS n FROM responses")[0].n == 1
    assert poll.read("SELECT count(DISTINCT xmin::text) AS n FROM slips")[0].n == 1
    assert poll.read("SELECT count(*) AS n FROM ballots")[0].n == 0


def test_once_closed_the_order_of_rows_tells_nothing(poll: Poll) -> None:
    invited = list(poll.tokens)
    order = invited[::-1]
    poll.answer(order)
    poll.close()

    stored = [word_of(row.answers) for row in poll.read("SELECT answers FROM responses ORDER BY ctid")]
    assert sorted(stored) == sorted(poll.words.values())
    for known in (order, invited, sorted(invited), sorted(invited, key=lambda person: hash_token(poll.tokens[person]))):
        assert abs(agreement(stored, [poll.words[person] for person in known])) < 0.75
    hashes = [row.token_hash for row in poll.read("SELECT token_hash FROM slips ORDER BY ctid")]
    assert all(one < other for one, other in pairwise(hashes)), "the slips lie in the order of their random hashes"


def test_nothing_of_a_person_stands_in_a_response_or_a_result(poll: Poll) -> None:
    poll.answer(list(poll.tokens)[:20])
    poll.close()

    dump = str(poll.read("SELECT * FROM responses") + poll.read("SELECT * FROM results"))
    published = str(poll.read("SELECT payload FROM outbox WHERE name = 'results.published'"))
    for person, token in poll.tokens.items():
        for trace in (str(person), token, hash_token(token).hex()):
            assert trace not in dump
            assert trace not in published
    assert "ordet" not in published


def test_strictly_nobody_can_tell_who_has_answered(committing: sessionmaker[Session]) -> None:
    poll = Poll(committing, "strict")
    before = poll.read("SELECT xmin, ctid, * FROM invitations ORDER BY person_id")

    poll.answer(list(poll.tokens)[:10])

    assert poll.read("SELECT xmin, ctid, * FROM invitations ORDER BY person_id") == before
    assert {row.person_id for row in poll.read("SELECT person_id FROM slips")} == {None}
    by_invitation = [row.person_id for row in poll.read("SELECT person_id FROM invitations ORDER BY ctid")]
    owner = {hash_token(token): person for person, token in poll.tokens.items()}
    by_slip = [owner[row.token_hash] for row in poll.read("SELECT token_hash FROM slips WHERE NOT spent ORDER BY ctid")]
    still = [person for person in by_invitation if person in by_slip]
    assert abs(agreement(by_slip, still)) < 0.85


def test_strictly_a_latecomers_slip_does_not_stand_out(committing: sessionmaker[Session]) -> None:
    activity, present = released(), people(10)
    with committing.begin() as session:
        handle(session, activity)
        session.execute(text("UPDATE surveys SET mode = 'strict'"))
        handle(session, attended(activity, present))
    with committing.begin() as session:
        handle(session, attended(activity, [*present, *people(1)], revision=2))
    with committing() as session:
        assert survey_of(session, activity).mode == "strict"
        assert session.execute(text("SELECT count(*), count(DISTINCT xmin::text) FROM slips")).one() == (11, 1)


def test_the_web_writes_neither_token_nor_answer_in_its_log(
    poll: Poll, service: Service, databases: Databases, tmp_path: Path
) -> None:
    """A real process at its most talkative, when all goes well, when the form is wrong, and when the database fails."""
    one, other, third = list(poll.tokens.values())[:3]
    log = tmp_path / "web.log"
    with _web(databases.url(service), log) as site:
        form = form_of(poll.survey.questions, words="Ett hemligt ord")
        assert site.get(f"/enkat/{one}").status_code == 200
        assert site.post(f"/enkat/{one}", data={"fraga_6": "Ett hemligt ord"}).status_code == 422
        assert site.post(f"/enkat/{one}", data=form).status_code == 303
        assert site.post(f"/en/enkat/{one}", data=form).status_code == 409
        _rename(poll, "ballots", "ballots_away")
        try:
            assert site.post(f"/enkat/{other}", data=form).status_code == 500
        finally:
            _rename(poll, "ballots_away", "ballots")
        assert site.post(f"/enkat/{other}", data=form).status_code == 303
        assert site.get(f"/enkat/{third}?x={third}").status_code == 200
        measured = site.get("/metrics").text
    said = log.read_text()
    assert "request_failed" in said, "the failure is logged"
    for token in (one, other, third):
        for trace in (token, hash_token(token).hex(), repr(hash_token(token))):
            assert trace not in said
            assert trace not in measured
    assert "hemligt" not in said
    assert not re.search(r"gAAAAA[\w-]{20}", said), "not even a sealed answer"


def word_of(answers: dict[str, Any]) -> str:
    return next(value for value in answers.values() if isinstance(value, str))


def _rename(poll: Poll, name: str, to: str) -> None:
    with poll.sessions.begin() as session:
        session.execute(text(f"ALTER TABLE {name} RENAME TO {to}"))


class _web:  # noqa: N801 (used as a context manager)
    """`python -m services.surveys web`, logging all it has to a file."""

    def __init__(self, database_url: str, log: Path) -> None:
        self.port, self.log = free_port(), log
        self.environment = os.environ | {
            "SURVEYS_DATABASE_URL": database_url,
            "PORT": str(self.port),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "LOG_LEVEL": "DEBUG",
        }

    def __enter__(self) -> httpx2.Client:
        with self.log.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.surveys", "web"], stdout=file, stderr=file, env=self.environment
            )
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20)
        until(self._answers, within=30, saying="the web answers")
        return self.client

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait(20)

    def _answers(self) -> bool:
        try:
            return self.client.get("/kakor-finns-inte").status_code == 404
        except httpx2.TransportError:
            return False
