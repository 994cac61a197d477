"""The org on paper behind Salesforce's door, and a worker with a ledger, when things go wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from paper_org import ORG_ID, Night, PaperOrg, Record, Rules
from sqlalchemy import event
from writing_door import Died, Door, Mishap, Wrote

from sf_lifecycle.apply import ApplyReport, Effort, apply_plan, recover
from sf_lifecycle.observe import stones_of
from sf_lifecycle.salesforce import Org
from sf_lifecycle.stages import Ground
from sf_lifecycle.state import Run, State, open_state


class WrittenOrg(PaperOrg):
    """Its memory is a real state's."""

    def __init__(self, firm: Rules, world: Mapping[str, list[Record]], state: State) -> None:
        super().__init__(firm, world)
        self.state = state

    def _ground(self, as_of: dt.date, shuffled: int | None) -> Ground:
        state, tasks = self.state, list(self.ours["Task"])
        whole = (run.as_of for run in state.runs("paper", limit=50) if run.status in ("done", "partial", "nothing"))
        last = next(whole, None)
        return replace(
            super()._ground(as_of, shuffled),
            history=state.history(ORG_ID, as_of),
            read_back=state.last_read_back(ORG_ID, "Task", tasks),
            makers={**state.makers(ORG_ID, "Task"), **state.makers(ORG_ID, "CampaignMember")},
            tombstones=state.tombstones(ORG_ID),
            merges={**self.merges, **state.merges(ORG_ID)},
            last_as_of=last,
        )


class Worker:
    """Nights by real rooms: recover, plan, apply, with a ledger. What the pipeline does, without its doors."""

    def __init__(self, firm: Rules, world: Mapping[str, list[Record]], wrote: Wrote) -> None:
        self.state = open_state("sqlite://")
        self.org = WrittenOrg(firm, world, self.state)
        self.door = Door(self.org, wrote)
        event.listen(self.state._database.engine, "commit", self._commit)

    def close(self) -> None:
        self.org.close()
        self.state.close()

    def _commit(self, _connection: object) -> None:
        if self.door.meets("remembering"):
            raise Died

    def night(
        self, as_of: dt.date, mishap: Mishap | None = None, meanwhile: Callable[[], None] | None = None
    ) -> tuple[Night | None, ApplyReport | None]:
        """What was planned, and what became of it; None where the worker died. `meanwhile`: while the plan waited."""
        self._bury_the_dead()
        self.org._now = dt.datetime.combine(as_of, dt.time(5))
        self.door.expect(mishap)
        night = report = None
        try:
            run = self.state.start_run(job="paper", org_id=ORG_ID, as_of=as_of, mapping="paper", model="tiny")
            recover(self._org(), self.state)
            assert not self.state.unsettled(ORG_ID), "recovered, and still open"
            night = self.org.night(as_of)
            self.state.bury(ORG_ID, run.id, stones_of(night.worked))
            self.state.remember_merges(ORG_ID, self.org.merges)
            if meanwhile is not None:
                meanwhile()
            report = self._apply(night, run, waited=meanwhile is not None)
        except Died:
            report = None
        finally:
            self.door.expect(None)
        return night, report

    def _org(self) -> Org:
        """The door, where an org is asked for: it answers to all that is called."""
        return cast(Org, self.door)

    def _apply(self, night: Night, run: Run, *, waited: bool) -> ApplyReport:
        effort = Effort(rows=4, sleep=lambda _: None)
        report = apply_plan(night.plan, self._org(), self.state, run, effort=effort, waited=waited)
        self.state.finish_run(run.id, status=report.status, counts={}, calls=0)
        return report

    def _bury_the_dead(self) -> None:
        """What a claim's end does to runs that never said how they ended."""
        for run in self.state.runs("paper"):
            if run.status == "running":
                self.state.finish_run(run.id, status="failed", counts={}, calls=0)
