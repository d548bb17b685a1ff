"""What each route is to whoever reads the OpenAPI document: one declaration a route."""

from . import credentials as credentials
from . import gateway as gateway
from . import imported as imported
from . import issued as issued
from . import lifecycle as lifecycle
from . import oauth as oauth
from . import service as service
