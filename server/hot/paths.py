"""Which requests may be answered at once."""

PATH = "/v2alpha1/admin/apiKeys:verify"
BODY_LIMIT = 65_536
