"""Bodies of the routes of imported keys, as far as they differ from those of issued ones."""

import enum
from typing import Annotated, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from engine.formats.hashed import slow
from engine.redacted import Redacted
from server.problems import Problem, invalid

from . import forms, limits
from .keyhash import ImportedKeyHash
from .keys import IssueRequest
from .resources import IssuedApiKey

MOST = 1_000


class ImportRequest(IssueRequest, Redacted, frozen=True):
    """What is asked of an issued key, and the raw key, or a hash where no more is known of it.

    `name` and `actor_id` are required here.
    """

    required: ClassVar = ("name", "actor_id")

    raw_key: forms.Credential = ""
    key_hash: ImportedKeyHash | None = None

    def __post_init__(self) -> None:
        if self.raw_key and self.key_hash is not None:
            raise invalid("key_hash", "must not stand beside raw_key: one of them is enough")
        if not self.raw_key and self.key_hash is None:
            raise invalid("raw_key", "is required, or key_hash in its place")
        limits.required(self, self.required)
        IssueRequest.__post_init__(self)
        limits.text("raw_key", self.raw_key, size=limits.CREDENTIAL)
        if "\ufffd" in self.raw_key:
            # What bytes in a header that are no ASCII are read as: all of them would be this key.
            raise invalid("raw_key", "must not contain U+FFFD, the mark of lost characters")
        if (word := slow.seeming(self.raw_key)) is not None:
            # It would be a live credential for whoever reads the file that it came from.
            an = "an" if word == "argon2" else "a"
            raise invalid(
                "raw_key",
                f"looks like {an} {word} hash; import it with key_hash {{algorithm: {word}, "
                f"value: ..., lookup: ...}} (CLI: --hash {word} --lookup ...)",
            )


class BatchImportRequest(msgspec.Struct, frozen=True):
    """Up to 1,000 keys, each of which may be wrong alone."""

    required: ClassVar = ("requests",)

    requests: (
        Annotated[
            tuple[Annotated[msgspec.Raw, forms.like("ImportRequest")], ...],
            forms.form(minItems=1, maxItems=MOST),
        ]
        | None
    ) = None


class ImportFault(enum.StrEnum):
    """Why an item of a batch was not imported; in the order in which a tie is decided."""

    INTERNAL = "BATCH_CREATE_IMPORTED_API_KEYS_ERROR_INTERNAL"
    ALREADY_EXISTS = "BATCH_CREATE_IMPORTED_API_KEYS_ERROR_ALREADY_EXISTS"
    INVALID_ARGUMENT = "BATCH_CREATE_IMPORTED_API_KEYS_ERROR_INVALID_ARGUMENT"
    FAILED_PRECONDITION = "BATCH_CREATE_IMPORTED_API_KEYS_ERROR_FAILED_PRECONDITION"
    RESOURCE_EXHAUSTED = "BATCH_CREATE_IMPORTED_API_KEYS_ERROR_RESOURCE_EXHAUSTED"


class ImportResult(msgspec.Struct, frozen=True):
    """The key, or why there is none."""

    index: int
    imported_api_key: IssuedApiKey | None = None
    error_code: ImportFault | UnsetType = UNSET
    error_message: str | UnsetType = UNSET


class BatchImportResponse(msgspec.Struct, frozen=True):
    results: tuple[ImportResult, ...]
    success_count: int
    failure_count: int


class ListImportedResponse(msgspec.Struct, frozen=True):
    imported_api_keys: tuple[IssuedApiKey, ...]
    next_page_token: str


def fault_of(problem: Problem) -> ImportFault:
    """The code of an item that was refused so; what the enum has no name for is INTERNAL."""
    return ImportFault.__members__.get(problem.status, ImportFault.INTERNAL)
