"""What each route is to whoever reads the OpenAPI document: one declaration a route.

A new route takes an `Operation` here, and its line in the table of `server.app`; docs/http.md says
its summary and its query parameters, word for word.
"""

from . import credentials as credentials
from . import finding as finding
from . import gateway as gateway
from . import imported as imported
from . import issued as issued
from . import lifecycle as lifecycle
from . import oauth as oauth
from . import service as service
