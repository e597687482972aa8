"""Django's settings of one node, read from its home directory (PENDOPO_HOME).

Nothing here is meant to be edited for one installation: what differs lies in the home's pendopo.toml and
secret/. PENDOPO_DATABASE_URL, where set, wins over the database named there.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from pendopo.ops.home import database_url, load

HERE = Path(__file__).parent
HOME = load()


def _database(url: str) -> dict:
    """Django's database settings for a libpq `url`. Connections are kept, and checked before use."""
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "pendopo"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": parts,
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database(os.environ.get("PENDOPO_DATABASE_URL") or database_url(HOME))}

SECRET_KEY = HOME.django_key.read_text().strip()
DEBUG = False
PUBLIC = urlsplit(HOME.url)
ALLOWED_HOSTS = [f"{HOME.node}.localhost", "localhost", "127.0.0.1", HOME.portal.host, PUBLIC.hostname]
if HOME.mail is not None:  # mail programs and mail servers look for the service's files at these
    ALLOWED_HOSTS += [f"{name}.{HOME.mail.domain}" for name in ("autoconfig", "mta-sts")]
    ALLOWED_HOSTS.append(HOME.mail.hostname)
# The web server before the portal ends TLS: a form's Origin then has another scheme than we see.
CSRF_TRUSTED_ORIGINS = [HOME.url]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC.scheme == "https"

# Ours come first: their templates take the place of allauth's.
INSTALLED_APPS = [
    "pendopo.portal",
    "pendopo.ground.directory",
    "pendopo.ground.accounts",
    "pendopo.ground.audit",
    "pendopo.ground.files",
    "pendopo.ground.nodes",
    "pendopo.ground.delivery",
    "pendopo.mantra",
    "pendopo.simaya",
    "pendopo.pnsbox",
    "pendopo.pnsmail",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "pendopo.portal.middleware.security_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pendopo.portal.middleware.house",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pendopo.portal.middleware.Unprocessable",
]

ROOT_URLCONF = "pendopo.portal.urls"
WSGI_APPLICATION = "pendopo.portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["pendopo.portal.templatetags.house"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pendopo.portal.shell.context",
            ],
        },
    }
]

# Files the build made; their names carry their content's hash, so browsers keep them for good.
STATIC_URL = "/static/"
STATIC_ROOT = HERE / "static" / "build"
WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{10}\."

# Who signs in, and how.
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["pendopo.ground.accounts.signin.NumberBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username",)},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "pendopo.ground.accounts.signin.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "pendopo.ground.accounts.signin.NumberForm",
    "change_password": "pendopo.ground.accounts.signin.PasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Five wrong passwords a number in five minutes; counted in the database, so all workers share the count. The
# limits by address are wide: a whole office comes from one.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "100/m/ip,5/5m/key"}
MFA_ADAPTER = "pendopo.ground.accounts.signin.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # a code typed at the end of its half minute still counts (RFC 6238, section 5.2)

SESSION_COOKIE_NAME = f"pendopo_{HOME.node}"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CSRF_COOKIE_NAME = f"pendopo_{HOME.node}_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "pendopo.portal.failures.csrf"
LANGUAGE_COOKIE_NAME = f"pendopo_{HOME.node}_lang"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"},
}

LANGUAGE_CODE = HOME.lang
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = HOME.zone

# One of the demo nation's homes: every page says that its data are made up.
DEMO = (HOME.root.parent / "demo.lock").exists()

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
