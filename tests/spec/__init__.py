"""What becomes of rows: text tables of files, and of what is said and stored."""

import pytest

pytest.register_assert_rewrite("spec.load_bench", "spec.tables")
