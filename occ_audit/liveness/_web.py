"""Sends a request with a credential to the one host that it belongs to, and nowhere else."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

from occ_audit import __version__
from occ_audit.errors import AuditError
from occ_audit.liveness import NoAnswerError, Reply

SECONDS = 10.0
"""For connecting, and for each piece of the reply."""
_MOST = 65_536


@dataclass(frozen=True, slots=True)
class Web:
    """Asks over HTTPS, by way of the proxy that the environment names."""

    endpoint: str = ""
    """What the user put in place of the vendor's own address."""
    seconds: float = SECONDS

    def __call__(
        self, base: str, path: str, headers: Mapping[str, str], *, method: str = "GET"
    ) -> Reply:
        """Return the reply, whatever its status; redirects are not followed."""
        address = self.endpoint or base
        if not address:
            raise NoAnswerError("whose it is is not known: name the address with --endpoint")
        request = urllib.request.Request(  # noqa: S310 - the scheme is https, or of this machine
            address.rstrip("/") + path,
            data=b"" if method == "POST" else None,
            # The vendors refuse browsers, and some refuse clients without a name.
            headers={"User-Agent": f"occ-audit/{__version__}", **headers},
            method=method,
        )
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=self.seconds) as reply:
                return Reply(reply.status, reply.read(_MOST))
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.read(_MOST))
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswerError(why(error)) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        """Follow none: the credential belongs to the host that was asked."""


def why(error: BaseException) -> str:
    """Return the class of a failure, without any text that could hold a secret."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (ssl.SSLCertVerificationError, "its certificate is not trusted"),
        (ssl.SSLError, "no TLS"),
        (socket.gaierror, "its host has no address"),
        (TimeoutError, "timeout"),
        (ConnectionRefusedError, "connection refused"),
        (ConnectionError, "connection lost"),
    )
    for kind, text in kinds:
        if isinstance(reason, kind):
            return text
    return "no connection"


def checked_endpoint(text: str) -> str:
    """Return an address to be asked; raises AuditError unless it is HTTPS or of this machine."""
    try:
        parts = urlsplit(text)
        plain = not (parts.query or parts.fragment or parts.username or parts.password)
        local = parts.scheme == "http" and is_here(parts.hostname or "")
        fine = bool(parts.hostname) and plain and (parts.scheme == "https" or local)
    except ValueError:
        fine = False
    if not fine:
        raise AuditError(
            "this is no address to send a credential to",
            where=f"--endpoint {text}",
            mend="Write https://HOST or https://HOST/PATH.",
        )
    return text


def is_here(host: str) -> bool:
    """Say whether a host is this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
