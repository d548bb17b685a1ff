"""Which requests may be answered at once."""

from server.handlers.gateway import PATH

VERIFY_PATH = "/v2alpha1/admin/apiKeys:verify"
GATEWAY_PATHS = (PATH, f"{PATH}/**")
BODY_LIMIT = 65_536
