"""How the tests of GET /.well-known/jwks.json ask."""

from server import secretfile


def change(api, change):
    secretfile.change_signing_keys(api.settings.secret_file, change)
