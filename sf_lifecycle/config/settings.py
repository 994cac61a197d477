"""config.toml: where the org is, where we keep things, what today is. Environment overrides; secrets stay secret."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from sf_lifecycle.config.mapping import Part


class SalesforceSettings(Part):
    """How to reach one org. `org_id` (18 characters) is required for any org that is not local."""

    instance_url: str
    kind: Literal["production", "sandbox", "local"]
    org_id: str | None = Field(default=None, pattern="^00D[A-Za-z0-9]{15}$")
    login: Literal["client_credentials", "jwt", "access_token"]
    client_id: str | None = None
    client_secret: SecretStr | None = None
    username: str | None = None
    private_key_file: Path | None = None
    access_token: SecretStr | None = None
    api_version: str = Field(default="66.0", pattern=r"^\d{2}\.0$")
    timeout_seconds: float = Field(default=120, gt=0, le=600)
    bulk_from_rows: int = Field(default=2000, ge=0)


class StorageSettings(Part):
    """Where the mirror, plans and exports lie, and the database that holds what only we know.

    `values_days`: how long the ledger keeps the values that an undo needs, and saved plans are kept.
    """

    data_dir: Path = Path("var")
    state_url: str = Field(default="sqlite:///var/state.db", repr=False)
    values_days: int = Field(default=180, ge=1, le=36_500)


class PullSettings(Part):
    """How the mirror is kept up to date. What changed is asked for with an overlap; all is read anew every so many
    days, and where more than a share of an object's rows changed.
    """

    overlap_minutes: int = Field(default=10, ge=0, le=1440)
    full_every_days: int = Field(default=7, ge=1, le=7)
    full_from_share: float = Field(default=0.3, gt=0, le=1)


class ServiceSettings(Part):
    """The service's own address; loopback unless an operator says otherwise."""

    listen: str = Field(default="127.0.0.1:8787", pattern=r"^[^:]+:\d+$")


class Settings(BaseSettings):
    """All of config.toml. Environment: `SF_LIFECYCLE_SALESFORCE__CLIENT_SECRET` and so on.

    Made by `load_settings`, which reads the environment; made directly, it holds exactly what it is given.
    """

    model_config = SettingsConfigDict(
        env_prefix="SF_LIFECYCLE_", env_nested_delimiter="__", extra="forbid", frozen=True, populate_by_name=True
    )

    mappings: Path = Path("mappings")
    jobs: Path = Path("jobs")
    timezone: str = "Europe/Amsterdam"
    salesforce: SalesforceSettings
    storage: StorageSettings = StorageSettings()
    pull: PullSettings = PullSettings()
    service: ServiceSettings = ServiceSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in: an unknown environment variable must be named in a message, not dropped or merged."""
        return (init_settings,)
