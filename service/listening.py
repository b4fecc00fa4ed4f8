"""Whether the service can listen where its settings say, asked once before the server starts."""

import errno
import socket

from service.errors import CannotListen
from service.settings import Settings


def refuse_taken_address(settings: Settings) -> None:
    """Raise CannotListen, with the setting and the cure, where nothing can listen there."""
    host, port = settings.host.strip("[]"), settings.port
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as listener:
            # As the server does: what has just ended is no obstacle, what listens is.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except socket.gaierror as error:
        raise CannotListen(f"TRANSPLANT_CDS_HOST: {host} is not known; {_CURE}") from error
    except OSError as error:
        raise CannotListen(_told(error, host, port)) from error


_CURE = "write an address of this machine, such as 127.0.0.1 or 0.0.0.0"


def _told(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        problem = f"{port} is taken on {host}; end what listens there, or choose another port"
        return f"TRANSPLANT_CDS_PORT: {problem}"
    if error.errno == errno.EACCES:
        problem = f"{port} is for privileged processes; choose a port from 1024 on"
        return f"TRANSPLANT_CDS_PORT: {problem}"
    return f"TRANSPLANT_CDS_HOST: {host} is no address of this machine; {_CURE}"
