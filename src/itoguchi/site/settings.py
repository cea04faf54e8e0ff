"""Django's settings, derived from `environment.Environment` and nothing else."""

from __future__ import annotations

from typing import Any

import pgtrigger
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from itoguchi.core.embedded_database import EmbeddedDatabase
from itoguchi.site.environment import PROJECT, Environment, World

ENVIRONMENT = Environment()
IS_DEMO = ENVIRONMENT.is_demo
IS_SAMPLE_WORLD = ENVIRONMENT.world is World.SAMPLE

DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = [*ENVIRONMENT.hosts, "127.0.0.1"]  # watchers on this machine ask by its address
ROOT_URLCONF = "itoguchi.site.urls"
WSGI_APPLICATION = "itoguchi.site.wsgi.application"
HOME = ENVIRONMENT.home.resolve()
REFERENCE_DATA = PROJECT / "data"

INSTALLED_APPS = [
    "itoguchi.site",
    "itoguchi.reports",
    "itoguchi.plans",
    "itoguchi.cases",
    "itoguchi.learning",
    "itoguchi.outreach",
    "itoguchi.exchange",
    "itoguchi.support",
    "itoguchi.network",
    "itoguchi.roadmap",
    "itoguchi.accounts",
    "itoguchi.areas",
    "itoguchi.core",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
]

PROXIES = ENVIRONMENT.proxies
LINKS_MAY_BE_PRIVATE = (
    False  # whether the nightly look at links may go to addresses of the own network; only tests say yes
)

MIDDLEWARE = [
    "itoguchi.core.middleware.Watched",
    "itoguchi.core.middleware.AddressBehindProxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "itoguchi.accounts.middleware.SecondFactor",
    "itoguchi.accounts.middleware.ClosedUnlessPublic",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "itoguchi.core.middleware.NoSuchAddress",
    "itoguchi.core.middleware.JournalOfRequest",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "itoguchi.core.context.site",
            ],
            "builtins": [
                "django.contrib.humanize.templatetags.humanize",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "itoguchi.core.templatetags.core",
            ],
        },
    }
]


def database(url: str) -> dict[str, Any]:
    """Django's database entry for a `postgresql://` address, which may name several hosts of one cluster."""
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    # A page waits three seconds for a server that is away; a short memory of failures finds it again once it is back.
    pool = {"min_size": 1, "max_size": ENVIRONMENT.threads + 2, "timeout": 3, "reconnect_timeout": 2}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": pool, "connect_timeout": 5} | parts,
    }


EMBEDDED_DATABASE = EmbeddedDatabase(HOME)
DATABASES = {"default": database(ENVIRONMENT.database_url or EMBEDDED_DATABASE.url(ENVIRONMENT.database_name))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
SECOND_FACTOR_REQUIRED = ENVIRONMENT.second_factor_is_required
OPENID = ENVIRONMENT.openid
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
TIME_ZONE = "Asia/Tokyo"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "itoguchi.accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 10
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not IS_DEMO
SECURE_HSTS_SECONDS = 0 if IS_DEMO else 60 * 60 * 24 * 365
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not IS_DEMO
SECURE_PROXY_SSL_HEADER = None if IS_DEMO else ("HTTP_X_FORWARDED_PROTO", "https")

SMTP, MAIL_FROM, ADDRESS = ENVIRONMENT.mail_server, ENVIRONMENT.mail_from, ENVIRONMENT.own_address
CLAMD = ENVIRONMENT.clamd
API_LIMIT = ENVIRONMENT.api_limit
DATA_LICENCE = ENVIRONMENT.data_licence

LARGEST_UPLOAD = 20 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = LARGEST_UPLOAD
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

PGHISTORY_LEVEL = pgtrigger.Statement
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = True
PGTRIGGER_MIGRATIONS = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "itoguchi.core.logs.Line", "as_json": ENVIRONMENT.log == "json"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "itoguchi": {"level": "INFO"},
        # Each request has its line already; these would add its path, which may hold a name.
        "django.request": {"level": "ERROR"},
    },
}
SECURE_REDIRECT_EXEMPT = [r"^health(/ready)?$", r"^metrics$"]  # asked by machines beside the site
METRICS_TOKEN = ENVIRONMENT.metrics_token

# Address and name of each room in the navigation, in the order on the page.
NAVIGATION = [
    ("areas:nation", _("自治体")),
    ("roadmap:index", _("ロードマップ")),
    ("support:schemes", _("支援メニュー")),
    ("exchange:problem_list", _("課題と提案")),
    ("cases:case_list", _("事例")),
    ("outreach:coverage", _("説明会")),
    ("network:index", _("会合")),
    ("learning:plan", _("人材プラン")),
    ("reports:index", _("状況報告")),
]
