"""config.toml and the environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_samples import CONFIG

from sf_lifecycle.config.environment import settings_keys, variable_of
from sf_lifecycle.config.load_settings import load_settings
from sf_lifecycle.config.settings import Settings
from sf_lifecycle.config.shipped import shipped_root
from sf_lifecycle.errors import ConfigError


def load(tmp_path: Path, text: str = CONFIG, **environ: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return load_settings(path, environ=environ)


def problems(tmp_path: Path, text: str = CONFIG, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, text, **environ)
    return [str(problem) for problem in raised.value.problems]


def changed(**values: str) -> str:
    """CONFIG with the lines of some keys replaced, or left out where the value is empty."""
    lines = [line for line in CONFIG.splitlines() if line.partition(" =")[0] not in values]
    return "\n".join([*lines, *(f"{key} = {value}" for key, value in values.items() if value)])


def test_the_example_loads(tmp_path: Path) -> None:
    settings = load(tmp_path, (shipped_root() / "config.example.toml").read_text())
    assert settings.salesforce.kind == "local"


def test_the_example_explains_every_key() -> None:
    text = (shipped_root() / "config.example.toml").read_text()
    written = {line.lstrip("# ").partition("=")[0].strip() for line in text.splitlines() if "=" in line}
    assert {str(path[-1]) for path in settings_keys()} <= written


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path, CONFIG + '[storage]\ndata_dir = "cache"\n')
    assert settings.mappings == tmp_path / "mappings"
    assert settings.storage.data_dir == tmp_path / "cache"
    assert settings.storage.state_url == f"sqlite:///{tmp_path}/var/state.db"


def test_a_database_elsewhere_keeps_its_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://u:p%40w@host/db"
    assert load(tmp_path, SF_LIFECYCLE_STORAGE__STATE_URL=url).storage.state_url == url


def test_the_environment_overrides(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        SF_LIFECYCLE_TIMEZONE="UTC",
        SF_LIFECYCLE_SALESFORCE__CLIENT_ID="other",
        SF_LIFECYCLE_SALESFORCE__TIMEOUT_SECONDS="5",
        HOME="/root",
    )
    assert (settings.timezone, settings.salesforce.client_id, settings.salesforce.timeout_seconds) == (
        "UTC",
        "other",
        5,
    )


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-file\n")
    settings = load(tmp_path, SF_LIFECYCLE_SALESFORCE__CLIENT_SECRET_FILE=str(tmp_path / "secret"))
    assert settings.salesforce.client_secret
    assert settings.salesforce.client_secret.get_secret_value() == "from-file"


def test_what_is_wrong_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        SF_LIFECYCLE_SALESFORCE__CLIENT_SECERT="x",
        SF_LIFECYCLE_SALESFORCE__KIND="loca",
        SF_LIFECYCLE_SALESFORCE__ACCESS_TOKEN_FILE="/no/such",
    )
    assert told == [
        "environment: SF_LIFECYCLE_SALESFORCE__ACCESS_TOKEN_FILE: /no/such: there is no such file",
        "environment: SF_LIFECYCLE_SALESFORCE__CLIENT_SECERT: no setting has this name; "
        "did you mean `SF_LIFECYCLE_SALESFORCE__CLIENT_SECRET`?",
        'environment: SF_LIFECYCLE_SALESFORCE__KIND: expected production, sandbox or local, got "loca"; '
        "did you mean `local`?",
    ]


def test_a_secret_and_its_file_at_once_are_refused(tmp_path: Path) -> None:
    name = variable_of(("salesforce", "client_secret"))
    told = problems(tmp_path, **{name: "x", f"{name}_FILE": "y"})
    assert told == [f"environment: {name}_FILE: expected either this or {name}, got both"]


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    assert "hush-hush" not in repr(load(tmp_path))
    assert "hush" not in "".join(problems(tmp_path, changed(client_secret='["hush"]', kind='"x"')))
    assert "pw" not in repr(load(tmp_path, SF_LIFECYCLE_STORAGE__STATE_URL="postgresql+psycopg://u:pw@h/d"))
    told = problems(tmp_path, SF_LIFECYCLE_STORAGE__STATE_URL="mysql://u:hush@h/d")
    assert told == [
        'environment: SF_LIFECYCLE_STORAGE__STATE_URL: expected sqlite or postgresql+psycopg before ://, got "mysql"'
    ]


def test_an_unknown_key_gets_the_nearest(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, 'timezon = "UTC"\n' + CONFIG)
    assert told.startswith("config.toml: timezon: expected one of mappings, jobs, timezone")
    assert told.endswith('got the unknown key "timezon"; did you mean `timezone`?')


def test_all_problems_at_once(tmp_path: Path) -> None:
    text = changed(kind='"locl"').replace("Europe/Amsterdam", "Europe/Amsterdm") + '\n[service]\nlisten = "x"\n'
    told = problems(tmp_path, text)
    assert [line.split(": ")[1] for line in told] == ["salesforce.kind", "service.listen", "timezone"]
    assert told[2].endswith("did you mean `Europe/Amsterdam`?")


@pytest.mark.parametrize(
    ("login", "missing"),
    [("jwt", ["username", "private_key_file"]), ("access_token", ["access_token"])],
)
def test_a_login_names_the_keys_it_lacks(tmp_path: Path, login: str, missing: list[str]) -> None:
    told = problems(tmp_path, changed(login=f'"{login}"'))
    assert [line.split(": ")[1] for line in told] == [f"salesforce.{key}" for key in missing]
    assert f'login "{login}" needs ' in told[0]


def test_an_empty_secret_is_none(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, changed(client_secret='""'))
    assert "salesforce.client_secret: expected a value, got nothing" in told


def test_a_key_file_must_be_there(tmp_path: Path) -> None:
    text = changed(login='"jwt"', username='"u"', private_key_file='"no.key"')
    (told,) = problems(tmp_path, text)
    assert f'expected a file that can be read, got "{tmp_path}/no.key"'[:60] in told


@pytest.mark.parametrize(
    ("url", "kind", "told"),
    [
        ("http://127.0.0.1:1", "sandbox", "which is this machine"),
        ("https://acme.my.salesforce.com", "local", 'kind "local" needs an address on this machine'),
        ("http://acme.my.salesforce.com", "production", "write https://acme.my.salesforce.com"),
        ("https://acme.my.salesforce.com/services", "production", "write https://acme.my.salesforce.com"),
        ("https://u:p@acme.my.salesforce.com", "production", "write https://acme.my.salesforce.com"),
        ("https://login.salesforce.com", "production", "My Domain"),
        ("acme", "production", "expected an address such as"),
        ("https://acme:port", "production", "expected an address such as"),
        ("ftp://127.0.0.1", "local", "expected an address such as"),
    ],
)
def test_an_address_must_fit_the_kind_of_org(tmp_path: Path, url: str, kind: str, told: str) -> None:
    (line,) = problems(tmp_path, changed(instance_url=f'"{url}"', kind=f'"{kind}"'))
    assert line.startswith("config.toml: salesforce.instance_url: ")
    assert told in line
    assert ":p@" not in line


@pytest.mark.parametrize("url", ["http://localhost:8890", "http://[::1]:8890", "https://127.0.0.2"])
def test_loopback_has_several_names(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, changed(instance_url=f'"{url}"')).salesforce.instance_url == url


@pytest.mark.parametrize("url", ["sqlite://", "nonsense", "mysql://h/d", "postgresql://h/d"])
def test_a_database_that_cannot_serve_is_refused(tmp_path: Path, url: str) -> None:
    (told,) = problems(tmp_path, CONFIG + f'[storage]\nstate_url = "{url}"\n')
    assert "storage.state_url: expected" in told


def test_no_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sf-lifecycle init DIR"):
        load_settings(tmp_path / "config.toml", environ={})
