"""Settings, from the environment or a ``.env`` file; nothing else reads the environment."""

import base64
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from dotenv import dotenv_values

DEFAULT_HOME = Path("var")
# What each way of sending needs; mail may do without a user and a password.
_NEEDED = {
    "mail": ("smtp_host", "smtp_from"),
    "SMS": ("sms_url", "sms_secret"),
    "the webhook": ("webhook_url", "webhook_secret"),
}
_PRIVATE = ("https://", "http://127.0.0.1", "http://localhost")


class SettingsError(Exception):
    """A setting is missing or makes no sense; the text says which and what to write."""


@dataclass(frozen=True, slots=True)
class Sending:
    """By which ways messages leave; what is empty is not set up. Secrets never show."""

    base_url: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_from: str = ""
    sms_url: str = ""
    sms_secret: str = field(default="", repr=False)
    webhook_url: str = ""
    webhook_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service is told about its surroundings."""

    database_url: str
    secret_key: str
    field_key: bytes
    index_key: bytes
    password_pepper: str
    is_production: bool = False
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    redis_url: str = ""
    owner_database_url: str = ""
    previous_field_keys: dict[str, bytes] = field(default_factory=dict)
    sending: Sending = field(default_factory=Sending)


def load(home: Path | None = None) -> Settings:
    """Read the settings; outside production missing secrets are made once and kept in ``var``.

    Raises:
        SettingsError: in production something is missing.
    """
    home = home or Path(os.environ.get("TIMEBANK_HOME") or DEFAULT_HOME)
    values = {**_kept(home), **{k: v for k, v in dotenv_values(".env").items() if v}, **os.environ}
    is_production = values.get("TIMEBANK_PRODUCTION", "").lower() in {"1", "yes", "true"}
    if "TIMEBANK_SECRET_KEY" not in values:
        if is_production:
            message = "TIMEBANK_SECRET_KEY is missing; run `timebank config secrets` and keep them"
            raise SettingsError(message)
        values = {**_make_secrets(home), **values}
    hosts = tuple(h.strip() for h in values.get("TIMEBANK_HOSTS", "").split(",") if h.strip())
    if is_production and not hosts:
        message = "TIMEBANK_HOSTS is missing; write the names this service answers to"
        raise SettingsError(message)
    return Settings(
        database_url=_driver(
            values.get("TIMEBANK_DATABASE_URL") or f"sqlite:///{(home / 'timebank.db').resolve()}"
        ),
        secret_key=values["TIMEBANK_SECRET_KEY"],
        field_key=_key(values, "TIMEBANK_FIELD_KEY"),
        index_key=_key(values, "TIMEBANK_INDEX_KEY"),
        password_pepper=values.get("TIMEBANK_PASSWORD_PEPPER", ""),
        is_production=is_production,
        trusted_hosts=hosts,
        proxy_hops=int(values.get("TIMEBANK_PROXY_HOPS", "0")),
        redis_url=values.get("TIMEBANK_REDIS_URL", ""),
        owner_database_url=_driver(values.get("TIMEBANK_OWNER_DATABASE_URL", "")),
        sending=_sending(values),
    )


def _sending(values: Mapping[str, str]) -> Sending:
    """Return how messages leave.

    Raises:
        SettingsError: half of what a way needs is missing, or it would be read by strangers.
    """
    told = {
        one.name: values.get(f"TIMEBANK_{one.name.upper()}", "").strip()
        for one in fields(Sending)
        if one.name != "smtp_port"
    }
    told["smtp_security"] = told["smtp_security"] or "starttls"
    port = values.get("TIMEBANK_SMTP_PORT", "587")
    for way, needed in _NEEDED.items():
        missing = [f"TIMEBANK_{name.upper()}" for name in needed if not told[name]]
        if missing and any(told[name] for name in needed):
            message = f"{way} is half set up; write {' and '.join(missing)} too, or none of it"
            raise SettingsError(message)
    if told["smtp_security"] not in {"tls", "starttls", "none"} or not port.isdigit():
        message = "TIMEBANK_SMTP_SECURITY is tls, starttls or none; TIMEBANK_SMTP_PORT a number"
        raise SettingsError(message)
    for name in ("sms_url", "webhook_url"):
        if told[name] and not told[name].startswith(_PRIVATE):
            message = f"TIMEBANK_{name.upper()} must begin with https://"
            raise SettingsError(message)
    return Sending(smtp_port=int(port), **told)


def _driver(url: str) -> str:
    """Name the driver in a PostgreSQL address."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def key_id(key: bytes) -> str:
    """Return the short public name of a field key."""
    return hashlib.sha256(key).hexdigest()[:8]


def new_secrets() -> dict[str, str]:
    """Return a fresh set of secrets by their names in the environment."""
    return {
        "TIMEBANK_SECRET_KEY": secrets.token_urlsafe(48),
        "TIMEBANK_FIELD_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "TIMEBANK_INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "TIMEBANK_PASSWORD_PEPPER": secrets.token_urlsafe(24),
    }


def _kept(home: Path) -> dict[str, str]:
    """Return the secrets that an earlier start made."""
    path = home / "secrets.env"
    return {k: v for k, v in dotenv_values(path).items() if v} if path.exists() else {}


def _make_secrets(home: Path) -> dict[str, str]:
    """Make secrets and keep them, readable by this user alone."""
    home.mkdir(parents=True, exist_ok=True)
    made = new_secrets()
    path = home / "secrets.env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in made.items()))
    return made


def _key(values: dict[str, str], name: str) -> bytes:
    """Return a 32-byte key.

    Raises:
        SettingsError: it is missing or of another length.
    """
    try:
        key = base64.b64decode(values[name], validate=True)
    except (KeyError, ValueError) as error:
        message = f"{name} must be 32 bytes in base64"
        raise SettingsError(message) from error
    if len(key) != 32:
        message = f"{name} must be 32 bytes in base64"
        raise SettingsError(message)
    return key
