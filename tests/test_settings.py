"""A wrong setting stops the start with one line that names it."""

from __future__ import annotations

import pytest

from vaxelflode.errors import SettingError
from vaxelflode.settings import load


@pytest.mark.parametrize("prefix", ["general", "VX", "v-x", "", "vx\n", "v" * 11])
def test_a_prefix_is_a_short_word_and_no_section_of_asterisks_own(prefix: str) -> None:
    with pytest.raises(SettingError, match="VAXELFLODE_PREFIX"):
        load(prefix=prefix)
    assert load(prefix="acme").prefix == "acme"
