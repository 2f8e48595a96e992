from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from viral_engine.kernel.leases import GiveUp, TryLater
from viral_engine.kernel.outbound.gate import require_vendor

PERMANENT = 500  # SMTP replies from 500 on are permanent failures (RFC 5321, 4.2.1)


class RegisteredSmtpBackend(EmailBackend):
    """SMTP to the mail provider of the vendor register alone."""

    def open(self) -> bool | None:
        """Open a connection. Raises  OutboundRefused, which is an OSError: the e-mail waits for a corrected setting."""
        require_vendor(self.host)
        return super().open()


def message_id(name: str) -> str:
    """A Message-ID of ours: mail programs merge two mails that have the same."""
    return f"<{name}@{settings.MAIL_DOMAIN}>"


def deliver(message: EmailMessage) -> None:
    """Send one mail to one mailbox now.

    Raises  GiveUp where the server refuses this mail for good, or the mail is malformed; else TryLater. A refused
            greeting or log-in is a fault of the site's settings, and every mail waits for their repair.
    """
    try:
        message.send()
    except SMTPRecipientsRefused as refusal:
        raise _refused(min((code for code, _ in refusal.recipients.values()), default=PERMANENT)) from None
    except (SMTPSenderRefused, SMTPDataError) as refusal:
        raise _refused(refusal.smtp_code) from None
    except SMTPResponseException as refusal:
        raise TryLater(f"SMTP {refusal.smtp_code}") from None
    except OSError as failure:  # smtplib's errors are OSErrors
        raise TryLater(type(failure).__name__) from None
    except ValueError as error:  # a header that cannot be written
        raise GiveUp(type(error).__name__) from None


def _refused(code: int) -> Exception:
    return GiveUp(f"SMTP {code}") if code >= PERMANENT else TryLater(f"SMTP {code}")
