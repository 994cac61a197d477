"""The picklists that hold our words, written from the models: what changes, what stays, and what is refused."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sf_lifecycle.config.job import Job
from sf_lifecycle.config.sfdx_source import sfdx_schema
from sf_lifecycle.config.workspace import Workspace, load_workspace
from sf_lifecycle.errors import ConfigError, UsageError
from sf_lifecycle.value_sets import Wanted, refuse_unoffered, unoffered, wanted, write

ROOT = Path(__file__).resolve().parents[3]
STAGE = "force-app/main/default/objects/Account/fields/Lifecycle_Stage__c.field-meta.xml"


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    """The shipped job, and another one whose model has stages of its own."""
    shipped = load_workspace(ROOT / "config.example.toml", environ={})
    model = shipped.models["tele2"]
    label = model.labels["account"]["stage"]
    rules = tuple(rule.model_copy(update={"label": f"new {rule.label} & <co>"}) for rule in label.rules)
    other = label.model_copy(update={"rules": rules, "order": ("new customer & <co>", "new suspect & <co>")})
    labels = {**model.labels, "account": {**model.labels["account"], "stage": other}}
    models = {**shipped.models, "other": model.model_copy(update={"labels": labels})}
    return replace(
        shipped, models=models, jobs={**shipped.jobs, "other": Job(name="other", mapping="telecom", model="other")}
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "salesforce", tmp_path / "salesforce"))


def values(path: Path) -> list[str]:
    return re.findall(r"<fullName>(.*?)</fullName>", path.read_text(encoding="utf-8"))[1:]


def test_what_ships_offers_every_word_of_the_shipped_job(workspace: Workspace, project: Path) -> None:
    before = (project / STAGE).read_bytes()
    found = write(project, project, wanted(workspace, ["nightly"]))
    assert {each.field for each in found} >= {"Account.Lifecycle_Stage__c", "Lead.Lifecycle_Stage__c"}
    assert [each for each in found if each.changed] == []
    assert (project / STAGE).read_bytes() == before


def test_another_model_gives_its_words_in_its_order_and_then_nothing_more(workspace: Workspace, project: Path) -> None:
    found = {each.field: each for each in write(project, project, wanted(workspace, ["other"]))}
    made = found["Account.Lifecycle_Stage__c"]
    assert made.changed
    assert "suspect" in made.gone
    assert values(project / STAGE)[:2] == ["new customer &amp; &lt;co&gt;", "new suspect &amp; &lt;co&gt;"]
    schema = sfdx_schema(project, shown="salesforce")
    assert set(schema.objects["Account"].fields["Lifecycle_Stage__c"].picklist) == set(made.added)
    assert "<label>New customer &amp; &lt;co&gt;</label>" in (project / STAGE).read_text(encoding="utf-8")
    assert not any(each.changed for each in write(project, project, wanted(workspace, ["other"])))


def test_two_jobs_give_the_union_the_first_ones_words_first(workspace: Workspace, project: Path) -> None:
    found = {each.field: each for each in write(project, project, wanted(workspace, ["nightly", "other"]))}
    assert found["Account.Lifecycle_Stage__c"].gone == ()
    names = values(project / STAGE)
    assert names[0] == workspace.models["tele2"].labels["account"]["stage"].order[0]
    assert names[-1].startswith("new ")


def test_labels_that_people_wrote_stay(workspace: Workspace, project: Path) -> None:
    file = project / STAGE
    file.write_text(file.read_text("utf-8").replace("<label>Suspect</label>", "<label>Verdacht</label>"), "utf-8")
    write(project, project, wanted(workspace, ["nightly", "other"]))
    assert "<label>Verdacht</label>" in file.read_text("utf-8")


def test_another_folder_gets_the_files_and_the_project_stays(
    workspace: Workspace, project: Path, tmp_path: Path
) -> None:
    before = (project / STAGE).read_bytes()
    write(project, tmp_path / "out", wanted(workspace, ["other"]))
    assert (project / STAGE).read_bytes() == before
    assert values(tmp_path / "out" / STAGE)[0].startswith("new ")
    assert not any(each.changed for each in write(project, tmp_path / "out", wanted(workspace, ["other"])))


def test_words_that_salesforce_takes_for_one_are_refused(workspace: Workspace) -> None:
    model = workspace.models["other"]
    label = model.labels["account"]["stage"]
    rules = tuple(rule.model_copy(update={"label": rule.label.replace("new ", "").upper()}) for rule in label.rules)
    loud = label.model_copy(update={"rules": rules, "order": ()})
    labels = {**model.labels, "account": {**model.labels["account"], "stage": loud}}
    first = workspace.models["tele2"].labels["account"]["stage"].order[0]
    loud_rules = (label.rules[0].model_copy(update={"label": first.upper()}), *rules)
    labels["account"]["stage"] = loud.model_copy(update={"rules": loud_rules})
    both = replace(workspace, models={**workspace.models, "other": model.model_copy(update={"labels": labels})})
    with pytest.raises(UsageError, match=re.escape(f"'{first}' and '{first.upper()}' are one value")):
        wanted(both, ["nightly", "other"])


def test_a_shared_value_set_is_left_to_people(project: Path) -> None:
    file = project / STAGE
    text = re.sub(
        r"<valueSetDefinition>.*</valueSetDefinition>",
        "<valueSetName>Stages</valueSetName>",
        file.read_text("utf-8"),
        flags=re.DOTALL,
    )
    file.write_text(text, "utf-8")
    field = Wanted(object="Account", field="Lifecycle_Stage__c", words=("a",), ordered=True, jobs=("nightly",))
    (found,) = write(project, project, [field])
    assert "global value set Stages" in found.note
    assert file.read_text("utf-8") == text


def test_what_is_no_metadata_is_said(project: Path) -> None:
    (project / STAGE).write_text("<CustomField", "utf-8")
    field = Wanted(object="Account", field="Lifecycle_Stage__c", words=("a",), ordered=True, jobs=("nightly",))
    with pytest.raises(UsageError, match="no metadata that can be read"):
        write(project, project, [field])


def test_a_job_whose_words_the_org_does_not_offer_is_told_the_command(workspace: Workspace, project: Path) -> None:
    schema = sfdx_schema(project, shown="salesforce")
    assert list(unoffered(workspace, "nightly", schema)) == []
    refuse_unoffered(workspace, "nightly", schema)
    with pytest.raises(ConfigError) as caught:
        refuse_unoffered(workspace, "other", schema)
    assert caught.value.exit_code == 2
    said = list(unoffered(workspace, "other", schema))
    assert [f"job other: {p.message}; {p.hint}" for p in caught.value.problems] == said
    assert {sentence.partition(" does not offer")[0] for sentence in said} >= {
        "job other: Account.Lifecycle_Stage__c",
        "job other: Lead.Lifecycle_Stage__c",
    }
    assert all("`sf-lifecycle metadata other`" in sentence for sentence in said)
