"""What is no credential here is told alike, whatever kind of nothing it is: no oracle for guesses.

Compared is all of an answer but its X-Request-ID, and what the store was asked.
"""

import pytest

from engine import seal, text
from tests.server.routes.every import ABSENT, asks, send
from tests.server.routes.paths import ATTENUATE, EXPLAIN, IMPORTED, INSPECT

# They say to whoever holds a token what stands in it, verify nothing and look nothing up.
READ_ALOUD = (ATTENUATE, INSPECT)
# For who may verify: it says which check refuses, and so which of these it is.
EXPLAINED = (EXPLAIN,)


def judging(api, credential):
    """A request with the credential to each route that judges one."""
    for ask in asks(api, ABSENT._replace(credential=credential)):
        if ask.operation == "gateway_verify":
            yield ask, {"key": credential}
        elif credential in str(ask.body) and ask.path not in READ_ALOUD + EXPLAINED:
            yield ask, {}


def told(api, calls, credential):
    answers = {}
    for ask, how in judging(api, credential):
        calls.clear()
        answer = send(api, ask.method, ask.path, ask.body, **how)
        answers[ask.operation, ask.path] = answer, tuple(calls)
    return answers


def checksum_cut(token):
    return token[:-1] + ("0" if token[-1] != "0" else "1")


@pytest.mark.parametrize("prefix", ["mz_ak", "mz_pk"])
def test_no_kind_of_key_that_is_none_is_told_from_another(api, forge, calls, prefix):
    _, secret = api.issue()
    known = forge.prefix(secret, prefix)
    _, data = text.decode(secret)
    elsewhere = api.node.keyring.tenant("elsewhere")
    forged = {
        "forged, of a key that is here": forge.tail(known),
        "forged, of one that is not": forge.tail(forge.unknown(api, prefix)),
        "of another house": forge.foreign(prefix),
        "of another tenant of this house": elsewhere.mint_key(
            now=api.node.now(), prefix=prefix
        ).text,
        "cut": text.encode(prefix, data[:-4]),
        "garbled": text.encode(prefix, b"\xc1" + data[1:]),
        "mistyped": checksum_cut(known),
    }
    answers = {what: told(api, calls, credential) for what, credential in forged.items()}
    first = answers.pop("forged, of a key that is here")
    assert len(first) >= 6 and {len(asked) for _, asked in first.values()} == {0}
    for what, answer in answers.items():
        assert answer == first, what
    # Only who has this tenant's root key could make it; the answer is the same, if for a read.
    unknown = told(api, calls, forge.unknown(api, prefix))
    assert {at: answer for at, (answer, _) in unknown.items()} == {
        at: answer for at, (answer, _) in first.items()
    }


@pytest.mark.parametrize("sealed", [False, True])
def test_no_kind_of_token_that_is_none_is_told_from_another(api, forge, calls, sealed):
    _, secret = api.issue()
    shape = seal if sealed else str
    tokens = {
        "forged, of a key that is here": forge.tail(shape(api.narrow(secret))),
        "forged, of one that is not": forge.tail(shape(api.narrow(forge.unknown(api)))),
        "a forged grant": forge.tail(shape(api.derive(secret))),
        "of another house": shape(api.narrow(forge.foreign())),
        "mistyped": checksum_cut(shape(api.narrow(secret))),
    }
    answers = {what: told(api, calls, token) for what, token in tokens.items()}
    first = answers.pop("forged, of a key that is here")
    assert {len(asked) for _, asked in first.values()} == {0}
    for what, answer in answers.items():
        assert answer == first, what


def test_no_kind_of_jwt_that_is_none_is_told_from_another(api, open_api, calls):
    _, secret = api.issue()
    other = open_api("other")
    _, foreign = other.issue()
    jwt = {"algorithm": "TOKEN_ALGORITHM_JWT"}
    genuine = api.derive(secret, **jwt)
    head, payload, signature = genuine.split(".")
    _, stranger_payload, stranger_signature = other.derive(foreign, **jwt).split(".")
    tokens = {
        "of another house": other.derive(foreign, **jwt),
        "forged": f"{head}.{payload}.{signature[:-6]}AAAAAA",
        "another's under a kid of ours": f"{head}.{stranger_payload}.{stranger_signature}",
        "garbled": f"{head}.AAAA.{signature}",
    }
    answers = {what: told(api, calls, token) for what, token in tokens.items()}
    first = answers.pop("of another house")
    assert {len(asked) for _, asked in first.values()} == {0}
    for what, answer in answers.items():
        assert answer == first, what


@pytest.mark.parametrize("some", [False, True])
def test_a_raw_key_that_was_deleted_or_is_another_tenants_is_told_as_one_never_imported(
    api, open_api, calls, some
):
    if some:
        api.import_key("there")
    gone = api.import_key("deleted")
    open_api("other").import_key("another's")
    assert api.code("deleted") == "ok"
    assert api.call("DELETE", f"{IMPORTED}/{gone}").status_code == 204
    never = told(api, calls, "never imported")
    assert told(api, calls, "deleted") == told(api, calls, "another's") == never
    assert {answer.status for answer, _ in never.values()} == {200, 400, 401, 404}


def test_what_reads_a_token_aloud_asks_the_store_for_nothing(api, forge, calls):
    _, secret = api.issue()
    for token in (secret, forge.tail(secret), forge.foreign(), api.narrow(secret), "junk"):
        calls.clear()
        for ask in asks(api, ABSENT._replace(credential=token)):
            if ask.path in READ_ALOUD:
                send(api, ask.method, ask.path, ask.body, key=None)
        assert calls == []
