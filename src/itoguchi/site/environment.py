"""Everything that may be set from outside, with its type and its default: the one typed settings file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parents[3]
DEMO_SECRET_KEY = "demo-only-this-key-is-public-and-production-refuses-it"  # noqa: S105  (refused below)


class Mode(StrEnum):
    """How the site is run. A demo answers on this machine only; production has to be asked for."""

    DEMO = "demo"
    PRODUCTION = "production"


class World(StrEnum):
    """Which records the embedded database holds; the two never meet in one database."""

    SAMPLE = "sample"
    REAL = "real"


class Environment(BaseSettings):
    """Read from environment variables; every name is listed in docs/settings.md (generated)."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore")

    mode: Mode = Field(Mode.DEMO, validation_alias="ITOGUCHI_MODE", description="demo or production")
    world: World = Field(World.SAMPLE, validation_alias="WORLD", description="sample or real records")
    home: Path = Field(
        PROJECT / "var", validation_alias="ITOGUCHI_HOME", description="folder for database, logs, files"
    )
    database_url: str = Field(
        "", validation_alias="DATABASE_URL", description="PostgreSQL server to use instead of the embedded one"
    )
    secret_key: str = Field(
        DEMO_SECRET_KEY, validation_alias="ITOGUCHI_SECRET_KEY", description="signs sessions; 50 random characters"
    )
    allowed_hosts: str = Field(
        "", validation_alias="ITOGUCHI_ALLOWED_HOSTS", description="host names the site answers to, with commas"
    )
    debug: bool = Field(False, validation_alias="ITOGUCHI_DEBUG", description="show details of errors; never public")
    port: int = Field(8000, ge=1, le=65535, validation_alias="PORT", description="port of the site")
    threads: int = Field(
        8, ge=1, le=64, validation_alias="ITOGUCHI_THREADS", description="requests answered at the same time"
    )

    proxies: int = Field(
        0,
        ge=0,
        le=5,
        validation_alias="ITOGUCHI_PROXIES",
        description="your own proxies in front, each of which adds to X-Forwarded-For; 0 believes no such header",
    )

    api_limit: int = Field(
        600, ge=1, validation_alias="ITOGUCHI_API_LIMIT", description="requests to /api/ per minute from one address"
    )
    data_licence: str = Field(
        "https://creativecommons.org/licenses/by/4.0/",
        validation_alias="ITOGUCHI_DATA_LICENCE",
        description="licence under which the site's own records are opened, shown beside every public table",
    )
    log: Literal["text", "json"] = Field(
        "text", validation_alias="ITOGUCHI_LOG", description="form of the log's lines: text or json"
    )
    metrics_token: str = Field(
        "",
        validation_alias="ITOGUCHI_METRICS_TOKEN",
        description="lets /metrics be read from elsewhere than this machine, as `Authorization: Bearer …`",
    )

    @model_validator(mode="after")
    def production_is_closed(self) -> Self:
        """Refuse to start a public site with the demo's open doors, and say what to set."""
        if self.mode is Mode.DEMO:
            return self
        wrong = []
        if self.secret_key == DEMO_SECRET_KEY or len(self.secret_key) < 50:
            wrong.append("ITOGUCHI_SECRET_KEY: set 50 or more random characters of your own.")
        if self.debug:
            wrong.append("ITOGUCHI_DEBUG: unset it; error details must not be public.")
        if not self.hosts or any("*" in host or host.startswith(".") for host in self.hosts):
            wrong.append("ITOGUCHI_ALLOWED_HOSTS: list the exact host names, without *.")
        if not self.database_url:
            wrong.append("DATABASE_URL: name your PostgreSQL server, e.g. postgresql://user@host/itoguchi.")
        if wrong:
            raise ValueError("production does not start like this:\n  " + "\n  ".join(wrong))
        return self

    @property
    def is_demo(self) -> bool:
        """Whether demo accounts and their sign-in buttons may exist."""
        return self.mode is Mode.DEMO

    @property
    def hosts(self) -> list[str]:
        """Host names the site answers to; a demo answers on this machine only."""
        named = [host.strip() for host in self.allowed_hosts.split(",") if host.strip()]
        if self.mode is Mode.DEMO:
            return named or ["localhost", "127.0.0.1", "[::1]"]
        return named

    @property
    def database_name(self) -> str:
        """Name of the embedded database of this world."""
        return "itoguchi_sample" if self.world is World.SAMPLE else "itoguchi"
