"""What may stand in the URL of a Redis, so that nothing in it is without effect or has another.

redis-py takes any word of the query for an argument of its connections, which fail later or wait
longer than they may, and counts in database 0 where it can't read the path.
"""

import re
from urllib.parse import parse_qsl, urlsplit

_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)
_TLS = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname", "ssl_cert_reqs"}


def unmeant(url: str) -> str | None:
    """What is wrong with a URL that can be read, said after "a URL"; it repeats nothing of it.

    Raises ValueError where it can't be read.
    """
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    words = dict(query)
    known = {"db"} | (_TLS if parts.scheme == "rediss" else set())
    if parts.fragment:
        return "without a #, which is spelled %23"
    if len(words) != len(query) or not known.issuperset(words):
        return f"with nothing behind its ? but {', '.join(sorted(known))}, each once"
    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            return "with the path of a socket, such as unix:///path"
        numbers = [words["db"]] if "db" in words else []
    else:
        if not parts.hostname:
            return "with a host, such as redis://host:6379/0"
        path = parts.path.removeprefix("/")
        numbers = [*([path] if path else []), *([words["db"]] if "db" in words else [])]
    if len(numbers) > 1 or not all(map(_NUMBER.fullmatch, numbers)):
        return "with one number of a database, such as redis://host:6379/0"
    return None
