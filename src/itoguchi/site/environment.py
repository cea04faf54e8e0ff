"""Everything that may be set from outside, with its type and its default: the one typed settings file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

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


SECURITY = {"smtp": ("", 25), "smtp+starttls": ("starttls", 587), "smtps": ("tls", 465)}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over, and how the line is kept private."""

    host: str
    port: int
    user: str
    password: str
    security: str


@dataclass(frozen=True, slots=True)
class OpenId:
    """A provider of sign-in (OpenID Connect), how it knows us, and what people call it."""

    issuer: str
    client: str
    secret: str
    name: str
    name_en: str


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

    smtp: str = Field(
        "",
        validation_alias="ITOGUCHI_SMTP",
        description="mail server: smtp+starttls://user:password@host:587, smtps://…, or smtp://host:25 inside your network",
    )
    mail_from: str = Field("", validation_alias="ITOGUCHI_MAIL_FROM", description="address that notices come from")
    address: str = Field(
        "",
        validation_alias="ITOGUCHI_ADDRESS",
        description="address of the site in notices, https://… (else the first of the allowed hosts)",
    )
    clamd: str = Field(
        "",
        validation_alias="ITOGUCHI_CLAMD",
        description="virus scanner that looks at every file brought in: tcp://host:3310 or unix:///run/clamav/clamd.ctl",
    )
    second_factor: Literal["production", "always", "never"] = Field(
        "production",
        validation_alias="ITOGUCHI_SECOND_FACTOR",
        description="when roles that publish need a second factor: in production alone, always, never",
    )
    openid_issuer: str = Field(
        "",
        validation_alias="ITOGUCHI_OPENID_ISSUER",
        description="address of your own provider of sign-in (OpenID Connect), https://…",
    )
    openid_client: str = Field("", validation_alias="ITOGUCHI_OPENID_CLIENT", description="what the provider calls us")
    openid_secret: str = Field("", validation_alias="ITOGUCHI_OPENID_SECRET", description="what it knows us by")
    openid_name: str = Field(
        "庁内の認証", validation_alias="ITOGUCHI_OPENID_NAME", description="its name on the Japanese sign-in page"
    )
    openid_name_en: str = Field(
        "your office's sign-in", validation_alias="ITOGUCHI_OPENID_NAME_EN", description="its name on the English one"
    )

    @model_validator(mode="after")
    def mail_is_whole(self) -> Self:
        """A mail server is named with a way to speak to it, and with who speaks."""
        parts = urlsplit(self.smtp)
        if self.smtp and (parts.scheme not in SECURITY or not parts.hostname):
            raise ValueError("ITOGUCHI_SMTP: smtp+starttls://…, smtps://… or smtp://… with a host.")
        if self.smtp and "@" not in self.mail_from:
            raise ValueError("ITOGUCHI_MAIL_FROM: the address that notices come from, e.g. itoguchi@example.jp.")
        if self.address and urlsplit(self.address).scheme not in {"http", "https"}:
            raise ValueError("ITOGUCHI_ADDRESS: an address that begins with https://.")
        scanner = urlsplit(self.clamd)
        if (
            self.clamd
            and not (scanner.scheme == "tcp" and scanner.port)
            and not (scanner.scheme == "unix" and scanner.path)
        ):
            raise ValueError("ITOGUCHI_CLAMD: tcp://host:port or unix:///path.")
        return self

    @model_validator(mode="after")
    def openid_is_whole(self) -> Self:
        """A provider is named with all it needs, over TLS, or not at all."""
        given = [self.openid_issuer, self.openid_client, self.openid_secret]
        if any(given) and not all(given):
            raise ValueError("ITOGUCHI_OPENID_ISSUER, _CLIENT and _SECRET: set all three or none.")
        parts = urlsplit(self.openid_issuer)
        if self.openid_issuer and parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1"}:
            raise ValueError("ITOGUCHI_OPENID_ISSUER: an address that begins with https://.")
        return self

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
    def mail_server(self) -> MailServer | None:
        """Where notices are handed over, when there is such a place."""
        if not self.smtp:
            return None
        parts = urlsplit(self.smtp)
        security, port = SECURITY[parts.scheme]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return MailServer(parts.hostname or "", parts.port or port, user, password, security)

    @property
    def own_address(self) -> str:
        """Address of the site, as notices name it."""
        usual = f"http://localhost:{self.port}" if self.is_demo else f"https://{self.hosts[0]}"
        return self.address.rstrip("/") or usual

    @property
    def second_factor_is_required(self) -> bool:
        """Whether roles that publish sleep until a second factor was shown."""
        return self.second_factor == "always" or (self.second_factor == "production" and not self.is_demo)

    @property
    def openid(self) -> OpenId | None:
        """The provider of sign-in, when there is one."""
        if not self.openid_issuer:
            return None
        issuer = self.openid_issuer.rstrip("/")
        return OpenId(issuer, self.openid_client, self.openid_secret, self.openid_name, self.openid_name_en)

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
