"""Another model by one line: where the org's picklists lack its words nothing is planned, and the way out is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from firms import Firm
from shell import Shell

ENDED_BY_CONFIG = 2


def test_a_model_whose_words_the_org_does_not_offer_is_refused_first(
    make_firm: Callable[..., Firm], capsys: pytest.CaptureFixture[str]
) -> None:
    firm = make_firm(5)
    firm.edit("jobs/nightly.toml", '"tele2"', '"flywheel"')
    shell = Shell(capsys, firm.config)
    for command in ("plan", "run"):
        said = shell.wants(ENDED_BY_CONFIG, command, "nightly", "--as-of", "2026-11-23").said
        assert "jobs/nightly.toml: Account.Lifecycle_Stage__c does not offer 'Dotarcie', 'Pozyskanie'" in said
        assert "write the source with `sf-lifecycle metadata nightly`" in said
    assert firm.rows('SELECT Id FROM "Task" WHERE Lifecycle_Key__c IS NOT NULL') == []
    assert firm.rows('SELECT Id FROM "Account" WHERE Lifecycle_Stage__c IS NOT NULL') == []
