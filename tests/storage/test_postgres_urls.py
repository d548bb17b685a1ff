"""A database URL that can't be read is refused without a word of what is in it."""

import traceback

import pytest

from storage import open_store
from storage.errors import StoreError


@pytest.mark.parametrize("password", ["hunter/2", "hunter[2", "hunter2]@["])
def test_a_password_that_breaks_the_url_is_in_no_error(password, run):
    with pytest.raises(StoreError) as caught:
        run(open_store(f"postgresql://me:{password}@127.0.0.1:1/name"))
    assert "hunter" not in "".join(traceback.format_exception(caught.value))
