from pathlib import Path

import pytest

from dm_mcp.errors import TemplateError, TemplateNotFound
from dm_mcp.workspace import Workspace
from tests.workspace.conftest import Write

CUSTOMER = '{"id": "tmpl_customer", "name": "Customer", "fields": [{"name": "id", "type": "uuid"}]}'


def test_a_template_is_found_by_id_and_by_name(workspace: Write) -> None:
    shop = workspace({"templates/tmpl_customer.json": CUSTOMER})
    (entry,) = shop.templates()
    assert (entry.id, entry.file, entry.error) == ("tmpl_customer", "templates/tmpl_customer.json", None)
    assert entry.template is not None
    assert shop.template("tmpl_customer").id == shop.template("Customer").id == "tmpl_customer"


def test_a_template_without_id_has_its_files_name(workspace: Write) -> None:
    shop = workspace({"templates/shop/order.json": '{"name": "Order", "fields": [{"name": "id", "type": "uuid"}]}'})
    assert shop.template("order").name == "Order"


def test_an_unknown_template_is_not_found_and_a_near_one_is_hinted_at(workspace: Write) -> None:
    shop = workspace({"templates/tmpl_customer.json": CUSTOMER})
    with pytest.raises(TemplateNotFound, match="Did you mean 'tmpl_customer'"):
        shop.template("tmpl_custmer")
    with pytest.raises(TemplateNotFound, match="There are: tmpl_customer"):
        shop.template("x")


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('{"id": "a",\n "fields": [,]}', 2, "not valid JSON"),
        ("[]", 1, "is an object"),
        ("[" * 100_000, None, "can't be read"),
        ('{"n": ' + "1" * 5000 + "}", None, "can't be read"),
        ('{"id": "a", "name": "A", "fields": [{"name": "x", "type": "no such type"}]}', None, "no such type"),
        ('{"id": 5, "name": "A", "fields": []}', None, ""),
    ],
)
def test_a_broken_template_is_listed_and_stops_no_other(
    workspace: Write, text: str, line: int | None, told: str
) -> None:
    shop = workspace({"templates/a.json": text, "templates/tmpl_customer.json": CUSTOMER})
    broken, good = shop.templates()
    assert (broken.id, good.id) == ("a", "tmpl_customer")
    assert broken.template is None
    assert isinstance(broken.error, TemplateError)
    assert told in str(broken.error)
    assert broken.error.where.get("file") == "templates/a.json"
    if line is not None:
        assert broken.error.where.get("line") == line
    assert good.template is not None
    with pytest.raises(TemplateError):
        shop.template("a")


def test_a_file_that_is_no_text_is_told_with_its_line(workspace: Write, tmp_path: Path) -> None:
    shop = workspace({"templates/tmpl_customer.json": CUSTOMER})
    (tmp_path / "templates/b.json").write_bytes(b'{"id":\n"\xff"}')
    (entry,) = (entry for entry in shop.templates() if entry.id == "b")
    assert entry.error is not None
    assert entry.error.where.get("line") == 2


def test_a_link_out_of_the_workspace_is_told(workspace: Write, tmp_path: Path) -> None:
    shop = workspace({"inner/templates/tmpl_customer.json": CUSTOMER, "outside.json": CUSTOMER})
    (tmp_path / "inner/templates/out.json").symlink_to(tmp_path / "outside.json")
    (entry,) = (entry for entry in Workspace(shop.root / "inner").templates() if entry.id == "out")
    assert entry.error is not None
    assert "leaves the workspace" in entry.error.message


def test_two_files_with_one_id_are_both_told(workspace: Write) -> None:
    shop = workspace({"templates/tmpl_customer.json": CUSTOMER, "templates/copy.json": CUSTOMER})
    entries = shop.templates()
    assert [entry.file for entry in entries] == ["templates/copy.json", "templates/tmpl_customer.json"]
    for entry in entries:
        assert entry.template is None
        assert "templates/copy.json and templates/tmpl_customer.json" in str(entry.error)
    with pytest.raises(TemplateError, match="more than once"):
        shop.template("tmpl_customer")


def test_two_templates_with_one_name_want_an_id(workspace: Write) -> None:
    other = CUSTOMER.replace("tmpl_customer", "tmpl_other")
    shop = workspace({"templates/tmpl_customer.json": CUSTOMER, "templates/tmpl_other.json": other})
    with pytest.raises(TemplateError, match="Give an id: tmpl_customer, tmpl_other"):
        shop.template("Customer")
    assert shop.template("tmpl_other").id == "tmpl_other"
