"""Handing a message over to a mail server or another service, each call with its time limit.

What goes wrong is told by kind alone: answers of servers repeat addresses and words.
"""

import hashlib
import hmac
import json
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from timebank.kernel import clock
from timebank.notices.rules.channels import TIMEOUT_SECONDS, Channel, Channels, Gate, MailServer
from timebank.notices.rules.letters import Letter

# Of what a receiver refuses, these are worth another try; any other refusal will be the same.
_TRY_AGAIN = frozenset({408, 409, 425, 429})


class SendingError(Exception):
    """A message was not taken; ``problem`` says why without its words or its address."""

    def __init__(self, problem: str, *, is_final: bool = False) -> None:
        """Hold the kind of problem, and whether trying again is in vain."""
        self.problem, self.is_final = problem, is_final
        super().__init__(problem)


def send(letter: Letter, ways: Channels) -> None:
    """Hand a letter over by its channel.

    Raises:
        SendingError: it was not taken, or nobody answered in time.
    """
    link = f"{ways.base_url.rstrip('/')}{letter.path}" if ways.base_url else ""
    if letter.channel is Channel.MAIL and ways.mail is not None:
        _mail(letter, ways.mail, link)
    elif letter.channel is Channel.SMS and ways.sms is not None:
        text = f"【{letter.house}】{letter.text}"
        _post(letter, ways.sms, {"to": letter.address, "text": text, "locale": letter.locale})
    elif letter.channel is Channel.HOOK and ways.hook is not None:
        told = {"person_id": letter.person_id, "code": letter.code, "heading": letter.heading}
        more = {"text": letter.text, "url": link or letter.path, "locale": letter.locale}
        _post(letter, ways.hook, {**told, **more})
    else:
        raise SendingError("channel_closed", is_final=True)


def _mail(letter: Letter, server: MailServer, link: str) -> None:
    """Hand a letter to the mail server; its id is the same at every try."""
    mail = EmailMessage()
    mail["From"] = Address(display_name=letter.house, addr_spec=server.sender)
    mail["To"] = letter.address
    mail["Subject"] = f"{letter.house}：{letter.heading}"
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{letter.key}@{server.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{letter.text}\n\n{link}\n" if link else f"{letter.text}\n")
    try:
        with _connected(server) as connection:
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        refused = all(500 <= code < 600 for code in codes)
        raise SendingError("address_refused", is_final=refused) from None
    except smtplib.SMTPResponseException as error:
        raise SendingError(f"smtp_{error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise SendingError(_kind(error)) from None


def _connected(server: MailServer) -> smtplib.SMTP:
    """Return a connection to the mail server, encrypted as the settings say."""
    if server.security == "tls":
        return smtplib.SMTP_SSL(
            server.host,
            server.port,
            timeout=TIMEOUT_SECONDS,
            context=ssl.create_default_context(),
        )
    connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    if server.security == "starttls":
        connection.starttls(context=ssl.create_default_context())
    return connection


def _post(letter: Letter, gate: Gate, told: dict[str, object]) -> None:
    """Send a signed body; a redirect is a refusal, for it would carry the words elsewhere."""
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": str(letter.key),
        "X-Timebank-Signature": signature(gate.secret, body, at=int(clock.now().timestamp())),
    }
    parts = urlsplit(gate.url)
    is_private = parts.scheme == "https"
    connect = HTTPSConnection if is_private else HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    path = parts.path or "/"
    try:
        connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body, headers)
        status = connection.getresponse().status
    except (HTTPException, OSError) as error:
        raise SendingError(_kind(error)) from None
    finally:
        connection.close()
    if not 200 <= status < 300:
        is_final = 300 <= status < 500 and status not in _TRY_AGAIN
        raise SendingError(f"http_{status}", is_final=is_final)


def signature(secret: str, body: bytes, *, at: int) -> str:
    """Return the signature of a body: ``t=seconds,v1=hex`` over ``seconds.body`` (HMAC-SHA256)."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _kind(error: Exception) -> str:
    """Return what kind of trouble it was."""
    return "timeout" if isinstance(error, TimeoutError) else type(error).__name__
