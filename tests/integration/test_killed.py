"""A run that is killed, wherever it is, costs nothing but time: the next one ends where it would have ended."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from firms import DAY, Firm
from killed_changes import a_busy_day
from killing import KEY, Ring, differences
from killing_gate import Blow

FEW_PLAYS = ("switch-window", "renewal", "research-dates")
OURS = ("Task", "Campaign", "CampaignMember")
SECOND_DAY = DAY + dt.timedelta(days=1)


class Bout:
    """A piece of work in a ring: how it ends when nobody is killed, and how it must end however often somebody is."""

    def __init__(self, ring: Ring, day: dt.date) -> None:
        self.ring, self.day = ring, day
        self.began = dt.datetime.now(dt.UTC).isoformat()
        self.before = ring.keep()
        self.whole = ring.measure(**self.order)
        assert self.whole.status == self.well
        assert self.whole.writes > 5, "work in which nothing happens proves nothing"
        self.picture, self.words = ring.picture(), ring.words(day)

    well = "done"

    @property
    def order(self) -> dict[str, Any]:
        """What a child is told to do."""
        return {"work": "night", "day": self.day}

    def again(self, *, quiet: bool) -> None:
        """Once more, unharmed. `quiet`: nothing is left to do."""
        report = self.ring.firm.run(self.day)
        assert report.status in ("done", "nothing"), report.applied
        assert not quiet or report.writes == 0, report.applied

    def fight(self, *blows: Blow, quiet: bool = True) -> int:
        """The work once for each blow, then left alone, and what must be so then. How many blows hit.

        `quiet`: nothing is left to do after that, which takes another run to see.
        """
        ring = self.ring
        ring.put_back(self.before)
        hits = sum(ring.strike(blow, self.whole, **self.order) for blow in blows)
        self.again(quiet=False)
        told = differences(self.picture, ring.picture())
        assert not told, (blows, told)
        assert ring.words(self.day) == self.words, blows
        self._each_once(blows)
        self._all_accounted_for(blows)
        if quiet:
            self.again(quiet=True)
        return hits

    def _each_once(self, blows: Sequence[Blow]) -> None:
        for name in OURS:
            standing = Counter(row[KEY] for row in self.ring.ours(name) if not row["IsDeleted"])
            assert not [key for key, rows in standing.items() if rows > 1], (blows, name)
        made = [task for task in self.ring.ours("Task") if task["CreatedDate"] >= self.began]
        assert all(task["ActivityDate"] >= self.day.isoformat() for task in made), blows

    def _all_accounted_for(self, blows: Sequence[Blow]) -> None:
        """Each row sent has an outcome, and what stands in the org is known as ours: made by us, and read back."""
        writes = self.ring.ledger()
        assert {write.status for write in writes} <= {"done", "exists", "failed"}, blows
        made = {(w.object, w.record_id) for w in writes if (w.operation, w.status) == ("create", "done")}
        for name in OURS:
            unknown = [row[KEY] for row in self.ring.ours(name) if (name, row["Id"]) not in made]
            assert not unknown, (blows, name)
        tasks = [task["Id"] for task in self.ring.ours("Task")]
        with self.ring.state() as state:
            assert set(state.last_read_back(self.ring.firm.org.org_id, "Task", tasks)) == set(tasks), blows


class Typed(Bout):
    """A command, in the same way."""

    well = "0"

    def __init__(self, ring: Ring, day: dt.date, *argv: str) -> None:
        self.argv = argv
        super().__init__(ring, day)

    @property
    def order(self) -> dict[str, Any]:
        return {"work": "command", "argv": self.argv}

    def again(self, *, quiet: bool) -> None:
        before = self.ring.picture()
        said = self.ring.measure(**self.order)
        assert said.status == "0"
        assert not quiet or not differences(before, self.ring.picture())


@pytest.fixture
def make_ring(make_firm: Callable[..., Firm], tmp_path: Path) -> Iterator[Callable[..., Ring]]:
    """A firm in a ring; guards are of no interest here, and small requests give more moments to die in."""
    made: list[Ring] = []

    def make(*plays: str, accounts: int, rows: int) -> Ring:
        firm = make_firm(accounts)
        if plays:
            firm.only(*plays)
        job = firm.folder / "jobs" / "nightly.toml"
        job.write_text(re.sub(r"most_share = [0-9.]+", "most_share = 1.0", job.read_text()))
        made.append(Ring(firm, tmp_path))
        made[-1].send_few(rows)
        return made[-1]

    yield make
    for ring in made:
        ring.close()


def blows(bout: Bout, number: int, seed: int) -> list[Blow]:
    """Half of them at any moment, spread over it; the others where the org or state is in the middle of a write."""
    dice, half, whole = random.Random(seed), number // 2, bout.whole
    writing = range(max(0, whole.first - 2), whole.requests)
    exact = [Blow(kind, at) for kind in ("done", "lost") for at in writing]
    exact += [Blow("late", at) for at in range(whole.writes)]
    exact += [Blow("commit", at) for at in range(whole.commits)]
    found = [Blow("moment", (i + dice.random()) / half) for i in range(half)] + dice.sample(exact, number - half)
    dice.shuffle(found)
    return found


def second_night(ring: Ring) -> Bout:
    """A night with something to move, to take back and to leave alone; the first night went well."""
    assert ring.firm.run(DAY).status in ("done", "nothing")
    a_busy_day(ring.firm, DAY)
    return Bout(ring, SECOND_DAY)


def test_killed_twice_in_a_row_anywhere_in_a_night(make_ring: Callable[..., Ring]) -> None:
    """A second night: it makes, moves and takes back; of four blows one may come when all is over."""
    bout = second_night(make_ring(*FEW_PLAYS, accounts=40, rows=20))
    one, two, three, four = blows(bout, 4, seed=4)
    assert bout.fight(one, two, quiet=False) + bout.fight(three, four) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_killed_a_hundred_times(make_ring: Callable[..., Ring], seed: int) -> None:
    """25 for each seed: 12 in a first night, 13 in a second; each run but every fifth is killed once."""
    ring = make_ring(accounts=80, rows=25)
    hits = one_by_one(Bout(ring, DAY), 12, seed)
    hits += one_by_one(second_night(ring), 13, seed)
    assert hits >= 20


def one_by_one(bout: Bout, number: int, seed: int) -> int:
    found = blows(bout, number, seed)
    twice = number // 5
    hits = sum(bout.fight(*found[2 * i : 2 * i + 2]) for i in range(twice))
    return hits + sum(bout.fight(blow) for blow in found[2 * twice :])


@pytest.mark.slow
def test_killed_while_a_run_is_undone(make_ring: Callable[..., Ring]) -> None:
    """The night that is undone moved, made and removed; then the same command is given again."""
    ring = make_ring(accounts=60, rows=20)
    night = second_night(ring)
    with ring.state() as state:
        undone = next(run.id for run in state.runs() if run.status == "done")
    bout = Typed(ring, night.day, "undo", undone, "--yes")
    assert one_by_one(bout, 15, 7) >= 10


@pytest.mark.slow
def test_killed_while_a_saved_plan_is_applied(make_ring: Callable[..., Ring], tmp_path: Path) -> None:
    ring = make_ring(accounts=60, rows=20)
    assert ring.firm.run(DAY).status == "done"
    a_busy_day(ring.firm, DAY)
    file = str(tmp_path / "plan.jsonl")
    ring.measure(work="command", argv=["plan", "nightly", "--as-of", str(SECOND_DAY), "--out", file])
    bout = Typed(ring, SECOND_DAY, "apply", file)
    assert one_by_one(bout, 15, 8) >= 10
