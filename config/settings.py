"""One settings file; what differs per installation comes from the environment (docs/settings.md)."""

import os
from datetime import timedelta
from pathlib import Path

from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from config import accounts, database, folders, networks, secrets

BASE_DIR = Path(__file__).resolve().parent.parent


def flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


DEBUG = flag("LEANOPS_DEBUG")
SECRET_KEY = secrets.secret_key()
SECRET_KEY_FALLBACKS = secrets.fallbacks()
# Plants reach the server by many names on their own network; an installation on the internet sets this.
ALLOWED_HOSTS = os.environ.get("LEANOPS_HOSTS", "*").split(",")

INSTALLED_APPS = [
    "django.contrib.auth",  # before core, which takes back one of its signals
    "apps.core",
    "apps.registry",
    "apps.inventory",
    "apps.maintenance",
    "apps.logistics",
    "apps.shopfloor",
    "config.admin.LeanOpsAdminConfig",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "lucide",
    "mptt",
    "simple_history",
    "procrastinate.contrib.django",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
]

MIDDLEWARE = [
    "apps.core.headers.on_every_answer",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.middleware.TextGZip",  # pads with random bytes against BREACH
    "apps.core.middleware.request_id",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.core.sessions.SessionLifetime",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.core.tokens.TokenMiddleware",
    "apps.core.terminals.TerminalMiddleware",
    "apps.core.middleware.PersonMiddleware",
    "apps.core.middleware.SignInRequired",
    "apps.core.middleware.limit_body",
    "apps.core.middleware.TenantTransaction",
    "apps.core.middleware.RuleMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.core.accounts.must_have_second_factor",
            ],
            "builtins": ["django.templatetags.i18n", "lucide.templatetags.lucide", "apps.core.templatetags.plant"],
        },
    },
]

DATABASES = {"default": database.settings()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.User"
# The address is unique without regard to case (a constraint on lower(email)), which this check does not see.
# An installation may do without mail; links are then not sent (docs/settings.md).
# axes: its book is asked before a password is looked at, not by its middleware and backend.
SILENCED_SYSTEM_CHECKS = ["auth.W004", "axes.W002", "axes.W003", "mail.E001"]
AUTHENTICATION_BACKENDS = ["apps.core.backends.RoleBackend"]
# Argon2 with the sizes of docs/architecture.md: Django's own take 100 MiB a sign-in.
PASSWORD_HASHERS = ["apps.core.passwords.PlantArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "apps.core.passwords.NotTheDemoPassword"},
]
# Guessing is slow (apps/core/throttle.py): by name and address, and by name alone.
AXES_HANDLER = "apps.core.throttle.ThrottleHandler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "username"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "apps.core.throttle.hashed_name"
AXES_USERNAME_FORM_FIELD = "username"
AXES_CLIENT_IP_CALLABLE = "apps.core.throttle.client_address"
AXES_DISABLE_ACCESS_LOG = True  # audit_logs has the sign-ins
AXES_VERBOSE = False
# Second factor, passkeys, OpenID Connect and the list of sessions (apps/core/accounts.py).
ACCOUNT_ADAPTER = "apps.core.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # admins enter the addresses
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # seconds; before a second factor is added or taken away
MFA_ADAPTER = "apps.core.accounts.SecondFactorAdapter"
MFA_FORMS = {"authenticate": "apps.core.accounts.CodeForm", "reauthenticate": "apps.core.accounts.CodeAgainForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be 30 s off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not flag("LEANOPS_TLS")  # browsers allow it on localhost only
USERSESSIONS_ADAPTER = "apps.core.accounts.SessionsAdapter"
SOCIALACCOUNT_ADAPTER = "apps.core.accounts.ProviderAdapter"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""
OIDC_PROVIDERS = accounts.openid_connect()
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": OIDC_PROVIDERS}}
PASSWORD_RESET_TIMEOUT = 3600  # seconds that the link in a mail is good for
# Counts and used codes that all processes share.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
MAILERS = accounts.mailers()
SENDS_MAIL = bool(os.environ.get("LEANOPS_EMAIL_URL"))  # else nobody is mailed notifications; the inbox has them
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("LEANOPS_EMAIL_FROM", "leanops@localhost")
# The installation's own address in a browser, for links in mails: the Host header of a request is anybody's.
ADDRESS = os.environ.get("LEANOPS_ADDRESS", "").rstrip("/")
# Webhooks call public addresses only, and those of these networks (apps/core/webhooks/gate.py).
WEBHOOK_NETWORKS = networks.allowed()
WEBHOOK_CA = os.environ.get("LEANOPS_WEBHOOK_CA", "")
LOGIN_URL = "core:sign_in"
LOGIN_REDIRECT_URL = "core:home"
LOGOUT_REDIRECT_URL = "core:sign_in"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = folders.static_folder(BASE_DIR)
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = folders.files_folder()  # never served as it lies: apps/core/file_views.py
STORAGES = {
    "default": {"BACKEND": "apps.core.storage.PlantFiles"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF, *accounts.openid_connect_origin()],
    "img-src": [CSP.SELF, "data:"],
}
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = int(os.environ.get("LEANOPS_SESSION_DAYS", "7")) * 24 * 3600  # in all
SESSION_IDLE_SECONDS = int(os.environ.get("LEANOPS_SESSION_IDLE_HOURS", "12")) * 3600  # without a use
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # pages carry the token themselves
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # one cookie less to protect
WHITENOISE_ALLOW_ALL_ORIGINS = False
DEVICE_COOKIE_NAME = "leanops_device"
TERMINAL_IDLE_SECONDS = 5 * 60  # a session by PIN ends when nothing is pressed for so long
API_REQUESTS_PER_MINUTE = int(os.environ.get("LEANOPS_API_REQUESTS_PER_MINUTE", "6000"))  # of one token
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = (
    2000  # a page of the daily log has 200 assets with four each, and a mark for what is unusual
)
# Files that people send (apps/core/uploads.py): one photo, one PDF, and a request with four photos.
UPLOAD_PHOTO_SIZE = 15 * 1024 * 1024
UPLOAD_PDF_SIZE = 25 * 1024 * 1024
UPLOAD_REQUEST_SIZE = 4 * UPLOAD_PHOTO_SIZE + 1024 * 1024
# Behind TLS (or with `up --tls`): over plain http these would lock everyone out.
if flag("LEANOPS_TLS"):
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    DEVICE_COOKIE_NAME = "__Host-leanops_device"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    # Whether a request came by https says the server: of proxies that FORWARDED_ALLOW_IPS names, and of no others.

SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

# The REST API (apps/core/api, docs/api.md).
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.core.api.access.Authentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.core.api.access.Door"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.parsers.JSON"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_PAGINATION_CLASS": "apps.core.api.paging.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "apps.core.api.schema.Schema",
    "EXCEPTION_HANDLER": "apps.core.api.errors.answer",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "LeanOps",
    "DESCRIPTION": "Everything people can do on the pages, for machines, scripts and other systems. See docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "POSTPROCESSING_HOOKS": ["apps.core.api.schema.finish"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "docExpansion": "none"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "config.logs.Line", "format": "{asctime} {levelname} {name}: {message}", "style": "{"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"leanops": {"level": "INFO"}},
}
