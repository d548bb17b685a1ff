"""Taking over the database of an Ory Talos installation, row by row, with no key re-issued.

    source     its SQLite file, opened for reading alone and read as a stream
    rows       what one of its rows is here, or why it is nothing
    checking   whether the secrets are those that made its keys
    times      its timestamps
    takeover   what is written: every row one `Change`, many of them to a COMMIT
    advice     which settings its credentials need, and where those of this server differ

A row that is not understood is left out and named; its key is then unknown here, so whatever was
not understood of it can't grant anything.
"""

from .advice import configuration as configuration
from .advice import warnings as warnings
from .checking import KeyMisfit as KeyMisfit
from .checking import require_fitting as require_fitting
from .source import Source as Source
from .source import SourceError as SourceError
from .takeover import Result as Result
from .takeover import Takeover as Takeover
