from django.core.mail.backends.smtp import EmailBackend

from viral_engine.kernel.outbound.gate import require_vendor


class RegisteredSmtpBackend(EmailBackend):
    """SMTP to the mail provider of the vendor register alone."""

    def open(self) -> bool | None:
        """Open a connection. Raises  OutboundRefused, which is an OSError: the e-mail waits for a corrected setting."""
        require_vendor(self.host)
        return super().open()
