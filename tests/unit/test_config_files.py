"""Files as people save them."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest

from sf_lifecycle.config.toml_file import MOST_BYTES, read_text, read_toml
from sf_lifecycle.errors import ConfigError


def problem_of(path: Path) -> str:
    with pytest.raises(ConfigError) as raised:
        read_toml(path, shown=path.name)
    assert len(raised.value.problems) == 1
    return str(raised.value)


def written(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "a.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_parse_error_names_the_line_and_shows_the_place(tmp_path: Path) -> None:
    told = problem_of(written(tmp_path, 'a = 1\nb = "x\n'))
    assert told == "a.toml: line 2: not valid TOML: Illegal character '\\n'\nb = \"x\n      ^"


def test_a_parse_error_in_a_line_with_a_secret_does_not_show_it(tmp_path: Path) -> None:
    assert "hush" not in problem_of(written(tmp_path, 'client_secret = "hush'))


def test_a_table_over_several_lines_gets_the_way_out(tmp_path: Path) -> None:
    assert "a table in { } must stand on one line" in problem_of(written(tmp_path, "fields = {\n a = 1 }\n"))


def test_an_encoding_error_names_the_line(tmp_path: Path) -> None:
    told = problem_of(written(tmp_path, b'a = 1\nb = "caf\xe9"\n'))
    assert told == "a.toml: line 2: expected UTF-8 text, got the byte 0xe9; save the file as UTF-8"


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    assert read_toml(written(tmp_path, b"\xef\xbb\xbfa = 1\r\nb = 2\r\n"), shown="a") == {"a": 1, "b": 2}


def test_text_is_normalised(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Lojalność")
    assert read_toml(written(tmp_path, f'a = "{decomposed}"'), shown="a") == {"a": "Lojalność"}


def test_numbers_with_a_point_are_exact(tmp_path: Path) -> None:
    assert read_toml(written(tmp_path, "a = 0.1"), shown="a") == {"a": Decimal("0.1")}


def test_a_file_that_is_missing_a_folder_or_too_large_is_refused(tmp_path: Path) -> None:
    assert problem_of(tmp_path / "no.toml") == "no.toml: there is no such file"
    assert problem_of(tmp_path).endswith("expected a file, got a folder")
    assert "expected at most 1,000,000 bytes" in problem_of(written(tmp_path, b"#" * (MOST_BYTES + 1)))


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    assert "nested too deep" in problem_of(written(tmp_path, "a = " + "[" * 5000))


def test_text_keeps_its_lines(tmp_path: Path) -> None:
    assert read_text(written(tmp_path, "a\nb\n"), shown="a") == "a\nb\n"
